import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A host of the lab: a directory that the reporter scans as if it were `/`. */
export type HostPlan = {
  id: string
  what: string
  /** litellm version installed there, and how long ago. */
  litellm: string
  installedAgoMs: number
  files: { path: string; content: string }[]
}
export type Host = HostPlan & { root: string }

export const poisonedVersions: readonly string[] = ['1.82.7', '1.82.8']
const sitePackages = 'opt/venv/lib/python3.12/site-packages'

/** Writes the tree. The package is a name and a version only: nothing in it can run. */
export function plantHost(folder: string, plan: HostPlan, nowMs: number): Host {
  const root = join(folder, plan.id)
  const write = (path: string, content: string, mode = 0o600): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content, { mode })
  }
  const info = `${sitePackages}/litellm-${plan.litellm}.dist-info`
  write('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\n', 0o644)
  write(`${info}/METADATA`, `Metadata-Version: 2.1\nName: litellm\nVersion: ${plan.litellm}\n`, 0o644)
  write(`${info}/RECORD`, '', 0o644)
  if (plan.litellm === '1.82.8')
    write(`${sitePackages}/litellm_init.pth`, 'import sys  # inert copy of a name\n', 0o644)
  for (const { path, content } of plan.files) write(path, content)
  const installedAt = new Date(nowMs - plan.installedAgoMs)
  utimesSync(join(root, info), installedAt, installedAt)
  return { ...plan, root }
}
