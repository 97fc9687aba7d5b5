import type { AwsState } from './state.ts'
import { refusal, type Answer } from './xml.ts'

type Ask = { state: AwsState; params: URLSearchParams }

/** RDS gives whole lines, a megabyte at most. */
const portionBytesMax = 1024 * 1024

/** Log files of database instances, by instance and name; a marker tells the line that comes next. */
export const rds: Readonly<Record<string, (ask: Ask) => Answer>> = {
  DescribeDBLogFiles({ state, params }) {
    const files = state.logFiles.get(params.get('DBInstanceIdentifier') ?? '')
    if (files === undefined) return refusal(404, 'DBInstanceNotFound')
    const part = params.get('FilenameContains') ?? ''
    const rows = [...files].filter(([name]) => name.includes(part))
    return {
      DescribeDBLogFiles: rows.map(([LogFileName, text]) => ({
        LogFileName,
        LastWritten: '1764190000000',
        Size: String(Buffer.byteLength(text)),
      })),
    }
  },
  DownloadDBLogFilePortion({ state, params }) {
    const files = state.logFiles.get(params.get('DBInstanceIdentifier') ?? '')
    if (files === undefined) return refusal(404, 'DBInstanceNotFound')
    const text = files.get(params.get('LogFileName') ?? '')
    if (text === undefined) return refusal(404, 'DBLogFileNotFoundFault')
    const lines = text.split(/(?<=\n)/)
    const from = Number((params.get('Marker') ?? '0').split(':').at(-1))
    const most = Math.min(Number(params.get('NumberOfLines') ?? 10_000), state.portionLinesMax)
    let to = from
    for (let bytes = 0; to < lines.length && to - from < most; to++) {
      bytes += Buffer.byteLength(lines[to] ?? '')
      if (bytes > portionBytesMax && to > from) break
    }
    return {
      LogFileData: lines.slice(from, to).join(''),
      Marker: `7:${to}`,
      AdditionalDataPending: String(to < lines.length),
    }
  },
}
