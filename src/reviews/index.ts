export { ReviewError } from './error.ts'
export { assign, called, rightsUnder, usedWindowMs, wayTo, type UseOf } from './items.ts'
export {
  itemsPage,
  reviewCalled,
  reviewsPage,
  reviewsUnderWay,
  undecidedOf,
  type StoredItem,
  type StoredReview,
} from './rows.ts'
export {
  closeReview,
  decideItems,
  decideMax,
  itemKinds,
  noteApplied,
  noteReminded,
  openReview,
  reviewItemsMax,
  reviewsOpenMax,
} from './writer.ts'
