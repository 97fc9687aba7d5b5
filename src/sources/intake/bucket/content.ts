import { IntakeError } from '../error.ts'
import { inflate } from '../inflate.ts'
import { intakeLimits } from '../limits.ts'
import { arrayRecords, lineRecords, type RecordText } from '../records.ts'
import { decodeText } from '../text.ts'

/** As `intakeLimits`, but for what a vendor packs over an hour, and nobody can ask to send in smaller parts. */
export const objectLimits = { ...intakeLimits, linesMax: 500_000 }

/** Of CloudTrail and of others after it: `{"Records": […]}`. */
const recordsHead = /^\s*\{\s*"Records"\s*:\s*(?=\[)/

/**
 * What an object holds: records, each as its own text, or why nothing can be made of it. Plain or gzip, whatever its key
 * or content type says: JSON lists, `{"Records": […]}`, else one record a line.
 */
export async function contentOf(bytes: Uint8Array, lines: 'json' | 'text'): Promise<RecordText[] | { lost: string }> {
  try {
    const text = decodeText(await inflate(bytes, undefined, objectLimits))
    const { linesMax } = objectLimits
    if (lines === 'text') return lineRecords(text, linesMax)
    if (recordsHead.test(text)) return arrayRecords(text, linesMax, '}')
    return /^\s*\[/.test(text) ? arrayRecords(text, linesMax) : lineRecords(text, linesMax)
  } catch (error) {
    if (error instanceof IntakeError) return { lost: reasons[error.code] ?? error.message }
    throw error
  }
}

/** Errors of uploads speak to who sent them; here nobody listens who could. */
const reasons: Partial<Record<IntakeError['code'], string>> = {
  ERR_INTAKE_ENCODING: 'it is neither UTF-8 nor gzip',
  ERR_INTAKE_COMPRESSION: 'its gzip data is damaged or cut off',
  ERR_INTAKE_TOO_LARGE: `it is larger than ${objectLimits.inflatedBytesMax} bytes`,
  ERR_INTAKE_TOO_MANY: `it has more than ${objectLimits.linesMax} records`,
}
