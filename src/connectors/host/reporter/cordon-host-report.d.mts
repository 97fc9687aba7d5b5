/** The shapes of the reporter, which is plain JavaScript so that a host needs nothing but Node 18. Times in ms UTC. */
export type ReportedPackage = {
  ecosystem: 'npm' | 'pypi'
  name: string
  version: string
  path: string
  /** Earliest of birth, change and modification time of its folder: rather too early than too late. */
  installedAtMs: number
  /** `cached`: downloaded, not installed where a program would find it by itself. */
  state: 'installed' | 'cached'
}

export type ReportedCredential = {
  kind: string
  /** Absolute, or `env:NAME` for the reporter's own environment. */
  path: string
  /** Key inside the file, for example `NPM_TOKEN`. */
  name?: string
  mode: string | null
  uid: number | null
  readableBy: 'owner' | 'group' | 'everyone'
  modifiedAtMs: number | null
  createdAtMs: number | null
  /** `sha256:<hex>`, machine-made secrets only; the intake turns it into `fp:<keyId>.<base64url>`. */
  sha256?: string
  /** Of a Cordon key. */
  keyId?: string
  /** Of an AWS access key; public. */
  accessKeyId?: string
  jwt?: { selfContained: true; iss?: string; jti?: string; exp?: number; sub?: string }
  /** The reporter may not read it; who runs as its owner can. */
  unreadable?: true
}

export type ReportedHint = {
  kind: 'pth' | 'lockfile'
  path: string
  bytes: number
  modifiedAtMs: number
  /** A `.pth` line that begins with `import` runs at every start of Python. */
  runsCode?: boolean
}

/** `instance`: a cloud's id of it (`i-…`), where the board says it. */
export type ReportedHardware = { uuid?: string; serial?: string; manufacturer?: string; instance?: string }

export type HostReport = {
  version: number
  host: { id: string; from: 'machine-id' | 'hostname' | 'given' }
  /** As SMBIOS has them; only of the whole machine, and what this process may read. */
  hardware?: ReportedHardware
  takenAtMs: number
  complete: boolean
  packages: ReportedPackage[]
  credentials: ReportedCredential[]
  hints: ReportedHint[]
  /** What was left out, the first path where it happened, and how often. */
  truncated: { what: string; path: string; count: number }[]
  tookMs: number
}

export type ReporterLimits = {
  timeMs: number
  foldersMax: number
  depthMax: number
  packagesMax: number
  credentialsMax: number
  secretsPerFileMax: number
  fileBytesMax: number
  cacheFilesMax: number
  rowsPerRecordMax: number
}

export type ReporterOptions = {
  /** Scanned as if it were `/`. */
  root?: string
  hostId?: string
  nowMs?: number
  /** Environment to look at; default the process's own, and none when `root` is given. */
  env?: Record<string, string | undefined>
  /** Folders to walk, from the root; default homes and well-known places first, then everything. */
  folders?: string[]
  limits?: Partial<ReporterLimits>
}

export type ReportRecord = {
  snapshot: { id: string; part: number; complete: boolean; takenAtMs: number }
  rows: HostReport
}

export declare const reporterVersion: number
export declare const limits: ReporterLimits
export declare function isMachineMade(value: string): boolean
export declare function report(options?: ReporterOptions): HostReport
export declare function toRecords(report: HostReport): ReportRecord[]
/** `folder`: where SMBIOS is; `marks`: files that say that this is a container. */
export declare function readHardware(folder?: string, marks?: string[]): ReportedHardware | undefined
export declare function identify(
  options: ReporterOptions,
  machineId: string | undefined,
  isWhole: boolean,
): HostReport['host']
