import { CordonError } from '#kit'

export class ReviewError extends CordonError<
  | 'ERR_REVIEW_UNKNOWN'
  | 'ERR_REVIEW_EMPTY'
  | 'ERR_REVIEW_SIZE'
  | 'ERR_REVIEW_FULL'
  | 'ERR_REVIEW_DUE'
  | 'ERR_REVIEW_REVIEWER'
  | 'ERR_REVIEW_OWN'
  | 'ERR_REVIEW_STATE'
> {}
