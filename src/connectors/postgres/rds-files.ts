import { membersAt, parseXml, signV4, textAt, type HttpResponse, type Xml } from '#kit'
import { VendorError, type AuthByName, type Limits, type PullContext } from '#sources/contract'

import { originOf, rdsLogs, type PostgresConfig, type RdsLogs } from './config.ts'
import { pageRecordsMax, RecordSplitter, type LogText } from './log-files.ts'

const version = '2014-10-31'
const filesPagesMax = 100
/** One answer holds 10,000 lines or 1 MB; fewer lines keep a page small. */
const linesPerPortion = 1_000

/**
 * Where reading of an instance's log stopped: after `skip` records from `marker` on. RDS's markers fall between lines, and a
 * record may have several: the marker moves on only where both end.
 */
export type RdsPosition = { file: string; marker: string; skip: number }
export type RdsPage = { records: LogText[]; position: RdsPosition }

/** RDS does not name its allowance; this stays below what its console needs. */
export const rdsLimits: Limits = {
  budgets: [{ name: 'rds', perMinute: 120, burst: 10, sharedBy: 'authority' }],
  isLimit: ({ status, text }) =>
    status >= 400 && /<Code>(?:Throttling|RequestLimitExceeded|TooManyRequests)/.test(text),
}

export function rdsAuth(config: PostgresConfig): AuthByName {
  const logs = rdsLogs(config)
  if (logs === undefined) return {}
  const scope = { service: 'rds', region: logs.region }
  return {
    rds: {
      kind: 'signed',
      sign: (request, secrets, nowMs) =>
        signV4(
          request,
          { accessKeyId: secrets['awsAccessKeyId'] ?? '', secretAccessKey: secrets['awsSecretAccessKey'] ?? '' },
          scope,
          nowMs,
        ),
    },
  }
}

type Asking = Pick<PullContext<PostgresConfig>, 'http' | 'signal'> & { logs: RdsLogs }

async function ask({ http, signal, logs }: Asking, action: string, params: Record<string, string>): Promise<Xml> {
  const response = await http.request(new URL('/', originOf(logs)), {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: new URLSearchParams({ Action: action, Version: version, ...params }).toString(),
    as: 'rds',
    budget: 'rds',
    isRead: true,
    signal,
  })
  if (response.status !== 200) throw refusalOf(response, action)
  const root = parseXml(response.text)
  return root.children.find(({ name }) => name === `${action}Result`) ?? root
}

function refusalOf({ status, text }: HttpResponse, action: string): VendorError {
  const [, code = ''] = /<Code>(\w{1,80})<\/Code>/.exec(text) ?? []
  if (status === 403 || code.startsWith('AccessDenied'))
    return new VendorError('ERR_VENDOR_SCOPE', `RDS refuses \`rds:${action}\` (${code})`, {
      hint: 'the user of `awsAccessKeyId` needs `rds:DescribeDBLogFiles` and `rds:DownloadDBLogFilePortion` on the instance',
    })
  return new VendorError('ERR_VENDOR_REFUSED', `RDS answers ${status} ${code} to \`${action}\``.trimEnd(), {
    retryable: status >= 500,
  })
}

/** CSV logs of an instance, oldest first: names end with the hour or minute they begin. */
export async function listRdsFiles(asking: Asking, instance: string): Promise<string[]> {
  const names: string[] = []
  let marker = ''
  for (let page = 0; page < filesPagesMax; page++) {
    const list = await ask(asking, 'DescribeDBLogFiles', {
      DBInstanceIdentifier: instance,
      FilenameContains: '.csv',
      ...(marker === '' ? {} : { Marker: marker }),
    })
    for (const one of membersAt(list, 'DescribeDBLogFiles')) names.push(textAt(one, 'LogFileName') ?? '')
    marker = textAt(list, 'Marker') ?? ''
    if (marker === '') return names.filter((name) => name.endsWith('.csv')).sort()
  }
  throw new VendorError('ERR_VENDOR_SHAPE', `the list of log files of \`${instance}\` has no end`)
}

/** Complete records of an instance from the position on to the present end. */
export async function* tailRds(
  asking: Asking,
  instance: string,
  from: RdsPosition | undefined,
  onGap: () => void,
): AsyncIterable<RdsPage> {
  const files = await listRdsFiles(asking, instance)
  if (from !== undefined && !files.includes(from.file)) onGap()
  for (const file of files.filter((name) => name >= (from?.file ?? ''))) {
    const start = from?.file === file ? from : { file, marker: '0', skip: 0 }
    yield* readRdsFile(asking, instance, start)
    if (asking.signal.aborted) return
  }
}

async function* readRdsFile(asking: Asking, instance: string, from: RdsPosition): AsyncIterable<RdsPage> {
  const { file } = from
  const splitter = new RecordSplitter('csvlog')
  let { marker: anchor, skip: seen } = from
  let [marker, passed] = [anchor, 0]
  for (let isMore = true; isMore && !asking.signal.aborted;) {
    const portion = await ask(asking, 'DownloadDBLogFilePortion', {
      DBInstanceIdentifier: instance,
      LogFileName: file,
      Marker: marker,
      NumberOfLines: String(linesPerPortion),
    })
    let records: LogText[] = []
    for (const { bytes } of splitter.push(Buffer.from(textAt(portion, 'LogFileData') ?? ''))) {
      if (passed++ < seen) continue
      seen++
      records.push({ text: bytes?.toString('utf8') ?? null, inode: `${instance}/${file}@${anchor}`, offset: seen })
      if (records.length < pageRecordsMax) continue
      yield { records, position: { file, marker: anchor, skip: seen } }
      records = []
    }
    const next = textAt(portion, 'Marker') ?? marker
    isMore = textAt(portion, 'AdditionalDataPending') === 'true' && next !== marker
    marker = next
    if (splitter.isWhole) [anchor, seen, passed] = [marker, 0, 0]
    yield { records, position: { file, marker: anchor, skip: seen } }
  }
}
