import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import { parseJson, type Http, type HttpResponse } from '#kit'
import { entityId, type EdgeType, type EntityId } from '#model'

import type { TwinClock } from '../../lab/twins/kit/clock.ts'
import type { openStages } from './cordon.ts'
import { foundCompany as github } from './github/company.ts'
import { openCordon as githubStages } from './github/cordon.ts'
import { foundCompany as okta } from './okta/company.ts'
import { openCordon as oktaStages } from './okta/cordon.ts'
import { foundCompany as slack } from './slack/company.ts'
import { openCordon as slackStages } from './slack/cordon.ts'

/** One thing of a list that keeps a part of itself from Cordon, and another one beside it where something changes. */
type Scene = {
  cordon: Pick<ReturnType<typeof openStages>, 'pull' | 'httpFor' | 'estate' | 'logged' | 'close'>
  clock: TwinClock
  stream: string
  /** Of a request, as `PATH BODY`: it asks for the part; or for the thing at all. */
  part: RegExp
  thing: RegExp
  /** How the thing is called in what is said. */
  says: string
  into: EntityId
  type: EdgeType
  /** Makes an edge into another thing, whose part is read. */
  change(): EntityId
}

const asked = (from: Http, answer: (request: string) => HttpResponse | undefined): Http => ({
  request(url, request) {
    const { pathname } = new URL(url)
    const kept = answer(`${pathname} ${String(request?.body ?? '')}`)
    return kept === undefined ? from.request(url, request) : Promise.resolve(kept)
  },
})
const refusal = (status: number, text = '{}'): HttpResponse => ({
  status,
  text,
  bytes: Buffer.from(text),
  header: () => undefined,
  json: () => parseJson(text),
})

const scenes: Record<
  string,
  { refusals: readonly HttpResponse[]; gone: HttpResponse; open: () => Promise<Scene & { stop(): Promise<void> }> }
> = {
  github: {
    refusals: [refusal(403), refusal(404)],
    gone: refusal(404),
    async open() {
      const company = await github()
      const { twin, payroll, website, grace } = company
      const cordon = githubStages(company)
      const name = (repo: { id: number }): EntityId => entityId('resource', cordon.authority, `repo/${repo.id}`)
      return {
        cordon,
        clock: company.clock,
        stream: 'repositories',
        part: /\/brightwater\/payroll\/collaborators/,
        thing: /\/brightwater\/payroll(\/| )/,
        says: 'brightwater/payroll',
        into: name(payroll),
        type: 'CAN_ADMIN',
        change() {
          website.collaborators.set(grace.id, 'admin')
          return name(website)
        },
        stop: () => twin.close(),
      }
    },
  },
  okta: {
    refusals: [refusal(403), refusal(404)],
    gone: refusal(404),
    async open() {
      const company = await okta()
      const { twin, engineers, admins, grace } = company
      const cordon = oktaStages(company)
      return {
        cordon,
        clock: company.clock,
        stream: 'directory',
        part: new RegExp(`/groups/${engineers.id}/users`),
        thing: new RegExp(`/groups/${engineers.id}[/ ]`),
        says: 'members of a group',
        into: entityId('identity', cordon.authority, engineers.id),
        type: 'MEMBER_OF',
        change() {
          twin.state.members.get(admins.id)?.add(grace.id)
          return entityId('identity', cordon.authority, admins.id)
        },
        stop: () => twin.close(),
      }
    },
  },
  slack: {
    refusals: [
      refusal(200, '{"ok":false,"error":"team_access_not_granted"}'),
      refusal(200, '{"ok":false,"error":"team_not_found"}'),
    ],
    gone: refusal(200, '{"ok":false,"error":"team_not_found"}'),
    async open() {
      const company = await slack()
      const { twin, ada } = company
      const cordon = slackStages(company)
      const name = (group: string): EntityId => entityId('identity', cordon.authority, group)
      return {
        cordon,
        clock: company.clock,
        stream: 'directory',
        part: /usergroups\.list.*team_id=T0ENGINEER/,
        thing: /usergroups\.list.*team_id=T0ENGINEER/,
        says: 'user groups of a workspace',
        into: name('S0ENG'),
        type: 'MEMBER_OF',
        change() {
          twin.state.usergroups.set('S0SALE', { id: 'S0SALE', name: 'sales', team: 'T0SALES001', users: [ada.id] })
          return name('S0SALE')
        },
        stop: () => twin.close(),
      }
    },
  },
}

async function edgesInto({ cordon, clock, type }: Scene, into: EntityId): Promise<string[]> {
  const at = Math.ceil(clock.nowMs() / 1000) + 5
  return (await cordon.estate.view().edgesTo([into], { types: [type], at })).map(({ src }) => src).sort()
}

async function open(vendor: string, t: TestContext): Promise<Scene> {
  const scene = await scenes[vendor]?.open()
  assert.ok(scene)
  t.after(async () => {
    scene.cordon.close()
    await scene.stop()
  })
  return scene
}

for (const [vendor, { refusals, gone }] of Object.entries(scenes)) {
  for (const [n, kept] of refusals.entries())
    test(`${vendor}: one thing that keeps a part from us is named, the others are read, and nothing of it ends (${n + 1})`, async (t) => {
      const scene = await open(vendor, t)
      const { cordon, clock, stream, part, into, says, change } = scene
      await cordon.pull(stream)
      const before = await edgesInto(scene, into)
      assert.ok(before.length > 0)
      const other = change()
      const held = await edgesInto(scene, other)
      clock.pass(3 * 3_600_000)
      await cordon.pull(
        stream,
        asked(cordon.httpFor('see'), (request) => (part.test(request) ? kept : undefined)),
      )
      assert.deepEqual(await edgesInto(scene, into), before)
      assert.equal((await edgesInto(scene, other)).length, held.length + 1)
      assert.ok(cordon.logged.at(-1)?.raw.includes(says), 'it is said')
    })

  // Slack's list says which workspaces there are: it is not asked about one.
  if (vendor !== 'slack')
    test(`${vendor}: what is gone since the list named it has ended`, async (t) => {
      const scene = await open(vendor, t)
      const { cordon, clock, stream, thing, into } = scene
      await cordon.pull(stream)
      assert.ok((await edgesInto(scene, into)).length > 0)
      clock.pass(3 * 3_600_000)
      await cordon.pull(
        stream,
        asked(cordon.httpFor('see'), (request) => (thing.test(request) ? gone : undefined)),
      )
      assert.deepEqual(await edgesInto(scene, into), [])
    })
}
