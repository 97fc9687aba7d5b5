import { hostAuthority } from '#model'
import { defineConnector, type PushStream } from '#sources/contract'

import { hostConfigSchema, type HostConfig } from './config.ts'
import { normalize } from './normalize.ts'

export {
  hostConfigSchema,
  hostEntity,
  hostHooksSchema,
  hostIdShape,
  type HostConfig,
  type HostHooks,
} from './config.ts'
export { HostError, hostActions } from './isolate.ts'
export { wrapListing } from './listing.ts'
export { earlierReportNote } from './normalize.ts'
export { fillOmitted, type FilledReport } from './omitted.ts'
export { ownHardware, ownHostId, readReporterFile, runReporter, whatifTimeMs } from './reporter.ts'
export { toRecords, type HostReport, type ReporterOptions, type ReportRecord } from './reporter/cordon-host-report.mjs'
export { renderWhatif, summarizeWhatif, type Whatif } from './whatif.ts'

/** A host under attack is heard late or never: its report is daily, and a listing comes when somebody sends it. */
const reports: PushStream<HostConfig> = {
  name: 'report',
  kind: 'push',
  delayMs: { typical: 24 * 3_600_000, worst: 48 * 3_600_000 },
  everyMs: 24 * 3_600_000,
  covers: ['resources'],
  tells: ['keys-on-hosts'],
}

/** Hosts push: reports of the reporter, SBOMs and listings. Nothing is pulled and no credential is held. */
export const hostConnector = defineConnector<HostConfig>({
  id: 'host',
  version: 2,
  title: 'Hosts: installed packages and credential files',
  config: hostConfigSchema,
  secrets: { see: [], contain: [] },
  streams: [reports],
  coverage: () => ({
    sees: ['resources'],
    logged: [],
    blind: [
      'a package that came and went between two reports is seen only in the package guard and in caches',
      'secrets in the memory or environment of other processes are not seen',
      'a host is known to be the machine of an endpoint tool by its hardware alone, which the reporter may read as root on Linux',
      'a host under attack may leave things out; what its last earlier report had still counts',
    ],
  }),
  survives: [{ what: 'what a process already holds in memory', until: 'the process ends' }],
  check: ({ config }) =>
    Promise.resolve({
      authority: hostAuthority,
      missing: config.hooks === undefined ? ['no `hooks` in cordon.yaml: isolating a host is a task for a person'] : [],
      excess: [],
      says: ['hosts push their reports; there is nothing to call'],
    }),
  normalize,
})
