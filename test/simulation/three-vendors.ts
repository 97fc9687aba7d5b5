import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { CreateUserCommand } from '@aws-sdk/client-iam'

import { createHttp, systemClock, utf8, type JsonObject } from '#kit'
import { createClient } from '#cli'

import { foundCompany as foundAws, heldOf, iamOf } from '../conformance/aws/company.ts'
import { foundCompany as foundGithub, sshKey } from '../conformance/github/company.ts'
import { ask } from '../conformance/github/thief.ts'
import type { Rig } from './product-rig.ts'

const minuteMs = 60_000
/** Before the real time: what happened then is what a source that is added now reads live. */
const agoMs = 12 * minuteMs
export const buildHost = 'build-7'

/** House rules about what the thief does; none of Cordon's packs is needed for it. */
export const vendorRules = `title: A user was made by a program
id: aws-user
name: aws_user
level: high
logsource: { product: aws, service: cloudtrail }
detection: { s: { eventName: CreateUser }, condition: s }
---
title: A deploy key was added
id: github-key
name: github_key
level: high
logsource: { product: github, service: audit }
detection: { s: { action: public_key.create }, condition: s }
`
export const vendorFindings = ['sigma.aws_user', 'sigma.github_key', 'advisory.match']

/**
 * A poisoned package read an AWS key and a GitHub token on a build host; both were used from elsewhere. Two vendors' twins
 * and a host's report: each knows its own part, and only the report knows that they lay on one host.
 */
export async function startThreeVendors(rig: Rig) {
  const nowMs = systemClock.nowMs()
  const [aws, github] = [await foundAws(nowMs - agoMs), await foundGithub({}, nowMs - agoMs)]
  await iamOf(aws, heldOf(aws.ciKey)).send(new CreateUserCommand({ UserName: 'backup' }))
  aws.clock.pass(agoMs)
  const path = `${github.twin.url}/repos/brightwater/payroll/keys`
  const made = await ask(path, github.classic.value, 'POST', { title: 'build', key: sshKey(), read_only: false })
  if (made.status !== 201) throw new Error(`the twin of GitHub answers ${made.status}`)
  github.clock.pass(agoMs)

  const add = (id: string, connector: string, config: JsonObject = {}, see?: Record<string, string>) =>
    rig.admin.call('source.add', {
      body: { id, connector, config, ...(see === undefined ? {} : { secrets: { see } }) },
    })
  const asJson = (value: unknown): JsonObject => JSON.parse(JSON.stringify(value))
  return {
    async tellVendors(): Promise<void> {
      const { containRoleArn: _, organizationRoleArn: __, ...looking } = aws.config
      await add('aws', 'aws', asJson(looking), aws.secrets)
      const { containApp: ___, enterprise: ____, ...seeing } = github.config
      await add('github', 'github', asJson(seeing), { privateKey: github.keys.see })
    },
    async tellHost(): Promise<void> {
      const folder = join(rig.dir, 'advisories')
      mkdirSync(folder, { recursive: true })
      const malicious = {
        id: 'MAL-2026-7',
        modified: new Date(nowMs).toISOString(),
        published: new Date(nowMs).toISOString(),
        affected: [{ package: { ecosystem: 'PyPI', name: 'colourful-logs' }, versions: ['4.1.1'] }],
      }
      writeFileSync(join(folder, 'MAL-2026-7.json'), JSON.stringify(malicious))
      await add('advisories', 'osv', { path: folder })
      await add('hosts', 'host')
      const readable = { mode: '0600', readableBy: 'owner', modifiedAtMs: nowMs - 2 * agoMs }
      const sha256 = `sha256:${createHash('sha256').update(github.classic.value).digest('hex')}`
      const report = {
        version: 1,
        host: { id: buildHost },
        takenAtMs: nowMs - agoMs - minuteMs,
        complete: true,
        packages: [
          { ecosystem: 'pypi', name: 'colourful-logs', version: '4.1.1', installedAtMs: nowMs - agoMs - 2 * minuteMs },
        ],
        credentials: [
          { kind: 'aws', path: '/root/.aws/credentials', accessKeyId: aws.ciKey.id, ...readable },
          { kind: 'github', path: '/root/.netrc', sha256, ...readable },
        ],
      }
      const { token } = await rig.admin.call('ingest-token.create', {
        params: { source: 'hosts' },
        body: { host: buildHost },
      })
      const sender = createClient({ url: rig.url, token, user: 'sender' }, createHttp([rig.url]))
      const query = { stream: 'report', batch: 'report-1' }
      await sender.upload('event.ingest', { params: { source: 'hosts' }, query, bytes: utf8(JSON.stringify(report)) })
    },
    async close(): Promise<void> {
      await aws.close()
      await github.twin.close()
    },
  }
}
