import { CordonError } from '#kit'

/**
 * `ERR_LOG_BATCH` the batch is over a bound · `ERR_LOG_KEY` a segment's key does not open it · `ERR_LOG_KEY_GONE`
 * retention deleted the key while a batch was on its way (sealed again under a fresh one by the log itself) ·
 * `ERR_LOG_FORMAT` a segment written by a newer program.
 */
export class LogError extends CordonError<'ERR_LOG_BATCH' | 'ERR_LOG_KEY' | 'ERR_LOG_KEY_GONE' | 'ERR_LOG_FORMAT'> {}
