import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'

import type { Browser, Page } from 'playwright-core'

import { createHttp } from '#kit'
import { createClient } from '#cli'

import { pageOf } from '../../src/cli/report-page.ts'

import { goTo, openPage, signIn, skipWithoutBrowser as skip, startBrowser, type Seen } from './browser.ts'
import { startLab, type Lab } from './lab.ts'
import { layLine } from './line.ts'
import { sheetsOf } from './sheets.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script>'

let lab: Lab
let browser: Browser
let viewer = ''
const story = { incident: '', title: '', hostile: '', finding: '' }

before(
  async () => {
    if (skip !== false) return
    ;[lab, browser] = await Promise.all([startLab(), startBrowser()])
    viewer = (await lab.admin.call('user.create', { body: { name: 'looker', roles: ['viewer'] } })).token
    const [told] = (await lab.admin.call('incident.list')).incidents
    const [found] = (await lab.admin.call('finding.list')).findings
    Object.assign(story, { incident: told?.id, title: told?.title, finding: found?.id })
    // Whoever may open an incident may name it as an attacker would.
    const trigger = { kind: 'host', host: `host:host:${hostile}` } as const
    const opened = { title: hostile, trigger, window: { fromMs: 0, toMs: null } }
    story.hostile = (
      await createClient({ url: lab.url, token: await responder(), user: 'opener' }, createHttp([lab.url])).call(
        'incident.open',
        { body: opened },
      )
    ).id
    // A vendor that nobody reaches: it stays, unchecked.
    const config = { issuer: 'http://127.0.0.1:9', clientId: 'cordon', adminUrl: 'http://127.0.0.1:9/admin' }
    const secrets = { see: { clientSecret: 'EXAMPLE-none', adminToken: 'EXAMPLE-none' }, contain: {} }
    const dead = { id: 'far-issuer', connector: 'oidc', config, secrets }
    await assert.rejects(lab.admin.call('source.add', { body: dead }), /could not be checked/)
  },
  { timeout: 300_000 },
)
const responder = async (): Promise<string> =>
  (await lab.admin.call('user.create', { body: { name: 'opener', roles: ['responder'] } })).token
after(async () => {
  await browser?.close()
  await lab?.stop()
})

async function signedIn(look: Parameters<typeof openPage>[1] = {}, token = lab.token): Promise<Seen> {
  const seen = await openPage(browser, look)
  await signIn(seen.page, lab.url, token)
  await goTo(seen.page, '#/sources', 'Sources')
  return seen
}
/** The cells of the row that a name heads, by their heads. */
async function rowOf(page: Page, name: string): Promise<Record<string, string>> {
  const row = page.getByRole('row').filter({ has: page.getByRole('rowheader').filter({ hasText: name }) })
  const heads = await page.getByRole('columnheader').allInnerTexts()
  const cells = await row.locator('th > div, td > div').allInnerTexts()
  return Object.fromEntries(heads.map((head, index) => [head, (cells[index] ?? '').replaceAll('\n', ' ')]))
}

test(
  'a wrong token is refused with the way out; a good one stays in its tab, in no address and no cookie',
  { skip },
  async () => {
    const { page, faults } = await openPage(browser)
    await page.goto(lab.url)
    await page.getByLabel('Token').fill('cat_nobody')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').waitFor()
    assert.match(await page.getByRole('alert').innerText(), /no valid token[\s\S]*Way out:[\s\S]*ERR_API_SIGN_IN/)
    // The browser itself notes each answer of 401.
    assert.ok(faults.length > 0 && faults.every((fault) => fault.includes('401')), faults.join('\n'))

    await signIn(page, lab.url, lab.token)
    await page.reload()
    await page.getByRole('navigation').waitFor()
    const kept = await page.evaluate(() => ({ cookie: document.cookie, local: localStorage.length, at: location.href }))
    assert.deepEqual(kept, { cookie: '', local: 0, at: `${lab.url}/` })
    const other = await page.context().newPage()
    await other.goto(lab.url)
    await other.getByLabel('Token').waitFor()

    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('Token').waitFor()
    assert.equal(await page.evaluate(() => sessionStorage.length), 0)
  },
)

test('a token that is revoked while the console is open signs out, and says why', { skip }, async () => {
  const made = await lab.admin.call('user.create', { body: { name: 'leaver', roles: ['viewer'] } })
  const { page } = await signedIn({}, made.token)
  await lab.admin.call('user.revoke', { params: { user: 'leaver' } })
  await page.getByText('Signed out: the token is no longer good.').waitFor()
  assert.equal(await page.evaluate(() => sessionStorage.length), 0)
})

test('each source says until when it is blind, and those that need somebody come first', { skip }, async () => {
  const { page, faults } = await signedIn({ zone: 'America/New_York' })
  const { sources } = await lab.admin.call('source.list')
  const names = await page.getByRole('rowheader').getByRole('link').allInnerTexts()
  assert.deepEqual(names.toSorted(), sources.map(({ id }) => id).toSorted())
  assert.equal(names[0], 'far-issuer')
  const dead = await rowOf(page, 'far-issuer')
  assert.match(dead['State'] ?? '', /^unchecked it was never reached/)
  assert.match(dead['Sight'] ?? '', /^nobody can say for /)
  const issuer = await rowOf(page, '127.0.0.1')
  assert.match(issuer['Sight'] ?? '', /^blind until \d\d:\d\d$/)
  assert.match(issuer['Last read'] ?? '', /^\d\d:\d\d$/)
  // Reports of hosts come once a day: until then is tomorrow, so the date and the zone are said.
  assert.match((await rowOf(page, 'hosts'))['Sight'] ?? '', /^blind until \d+ \w{3}, \d\d:\d\d (EST|EDT|GMT-[45])$/)
  assert.match(await page.getByRole('contentinfo').innerText(), /America\/New_York/)
  assert.deepEqual(faults, [])
})

test(
  'the page of a source has its streams, what it cannot see, and the rights that the vendor says',
  { skip },
  async () => {
    const { page, faults } = await signedIn()
    await page.getByRole('link', { name: 'issuer', exact: true }).click()
    await page.getByRole('heading', { level: 1, name: 'issuer' }).waitFor()
    await page.getByRole('table', { name: 'Streams of issuer' }).waitFor()
    const shown = await lab.admin.call('source.show', { params: { source: 'issuer' } })
    const streams = await page.getByRole('rowheader').allInnerTexts()
    assert.deepEqual(
      streams.map((text) => text.split('\n')[0]),
      shown.source.streams.map(({ name }) => name),
    )
    for (const text of shown.source.says)
      await page
        .getByText(text.split('`')[0] ?? '')
        .first()
        .waitFor()
    await page.getByRole('button', { name: 'Check rights now' }).click()
    await page.getByRole('heading', { name: 'Missing rights' }).waitFor()
    await page.getByText('It has no right that it does not need.').or(page.getByText('More rights')).first().waitFor()
    assert.deepEqual(faults, [])
  },
)

test('what a role may not do is said with the way out', { skip }, async () => {
  const { page } = await signedIn({}, viewer)
  await goTo(page, '#/sources/issuer', 'issuer')
  await page.getByRole('button', { name: 'Check rights now' }).click()
  const said = await page.getByRole('alert').innerText()
  assert.match(said, /looker may not source\.write[\s\S]*Way out:/)
})

test('text from outside stays text, in addresses and in records', { skip }, async () => {
  const { page } = await signedIn()
  await goTo(page, `#/sources/${encodeURIComponent(hostile)}`, hostile)
  assert.ok((await page.getByRole('alert').innerText()).includes(hostile))
  const record = { touches: [], facts: [], note: hostile }
  const bytes = new TextEncoder().encode(`${JSON.stringify(record)}\n`)
  const sent = { params: { source: 'people' }, query: { stream: 'log' }, bytes }
  const { firstOffset } = await lab.admin.upload('event.ingest', sent)
  await goTo(page, `#/events/${firstOffset}`, `Event ${firstOffset}`)
  assert.ok((await page.locator('pre').innerText()).includes('onerror'))
  for (const place of ['#/incidents', `#/incidents/${story.hostile}`]) {
    await goTo(page, place, place === '#/incidents' ? 'Incidents' : hostile)
    await page.getByText(hostile).first().waitFor()
    assert.equal(await page.locator('img, #console script').count(), 0, place)
  }
  assert.equal(await page.locator('img, #console script').count(), 0)
  assert.match(await page.title(), /· Cordon$/)
})

test('a script that gets into the page all the same does not run, and nothing leaves', { skip }, async () => {
  const { page, faults } = await signedIn()
  const said = await page.evaluate(async () => {
    const tries: Record<string, () => unknown> = {
      handler: () => document.body.setAttribute('onclick', "document.title = 'ran'"),
      markup: () => (document.body.innerHTML = '<b>x</b>'),
      inline: () => {
        const script = document.createElement('script')
        script.append("document.title = 'ran'")
        document.body.append(script)
      },
      module: () => {
        const module: string = 'data:text/javascript,document.title="ran"'
        return import(module)
      },
      image: () => {
        const image = document.createElement('img')
        image.src = 'http://127.0.0.1:9/secret'
        document.body.append(image)
      },
      call: () => fetch('http://127.0.0.1:9/'),
    }
    const said: Record<string, string> = {}
    for (const [name, attempt] of Object.entries(tries)) {
      try {
        await attempt()
        said[name] = 'done'
      } catch (error) {
        said[name] = String(error)
      }
    }
    return said
  })
  assert.match(said['handler'] ?? '', /TrustedScript/)
  assert.match(said['markup'] ?? '', /TrustedHTML/)
  assert.match(said['call'] ?? '', /TypeError/)
  assert.notEqual(await page.title(), 'ran')
  for (const directive of ['script-src-elem', 'img-src', 'connect-src', 'require-trusted-types-for']) {
    assert.ok(
      faults.some((fault) => fault.startsWith(`policy: ${directive}`)),
      `${directive}: ${faults.join('\n')}`,
    )
  }
})

test(
  'when Cordon cannot be heard, what is shown is said to be stale; it is live again by itself',
  { skip },
  async () => {
    const line = await layLine(lab.url)
    try {
      const { page } = await openPage(browser)
      await signIn(page, line.url, lab.token)
      await page.getByRole('rowheader').first().waitFor()
      await page.getByRole('status').getByText('Live').waitFor()
      line.cut()
      await page.getByText('What is shown is stale').waitFor({ timeout: 10_000 })
      assert.match(await page.getByRole('alert').innerText(), /no answer from Cordon.*cordon status/)
      assert.ok((await page.getByRole('rowheader').count()) > 3, 'what was read stays')
      line.mend()
      await page.getByRole('status').getByText('Live').waitFor({ timeout: 40_000 })
      assert.equal(await page.getByText('What is shown is stale').count(), 0)
    } finally {
      await line.close()
    }
  },
)

test('a keyboard alone gets everywhere: first past the head, and then to where it went', { skip }, async () => {
  const { page } = await signedIn()
  await page.reload()
  await page.getByRole('rowheader').first().waitFor()
  await page.keyboard.press('Tab')
  assert.equal(await focused(page), 'Skip to content')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  assert.equal(await focused(page), 'far-issuer')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'far-issuer' }).waitFor()
  // The heading stands a moment before it is given the focus.
  await page.waitForFunction(() => document.activeElement?.tagName === 'H1')
  assert.equal(await focused(page), 'far-issuer')
})
const focused = (page: Page): Promise<string> =>
  page.evaluate(() => (document.activeElement instanceof HTMLElement ? document.activeElement.innerText : ''))

test(
  'an incident says how urgent, about what, what survives and what happened, and leads to its evidence',
  { skip },
  async () => {
    const { page, faults } = await signedIn()
    const { incidents } = await lab.admin.call('incident.list')
    const told =
      incidents.find(({ trigger }) => trigger.kind === 'artefact') ?? assert.fail('the story has an incident')
    await page.getByRole('link', { name: 'Incidents' }).first().click()
    await page.getByRole('link', { name: told.title }).click()
    await page.getByRole('heading', { level: 1, name: told.title }).waitFor()
    const report = await lab.admin.call('incident.show', { params: { incident: told.id } })
    assert.ok(report.survivors.length > 0 && report.dead.length > 0)
    const rows = (name: string) => page.getByRole('table', { name }).getByRole('rowheader')
    assert.equal(await rows('Credentials not proven dead').count(), report.survivors.length)
    assert.equal(await rows('Credentials with a proof').count(), report.dead.length)
    const timeline = page.getByRole('table', { name: /^What happened, was found/ })
    await timeline
      .getByRole('link', { name: /^event \d+$/ })
      .first()
      .click()
    await page.getByRole('heading', { level: 1, name: /^Event \d+$/ }).waitFor()
    await page.locator('pre').waitFor()
    assert.deepEqual(faults, [])
  },
)

test('ten thousand incidents and findings are told a screenful at a time', { skip }, async () => {
  const { page } = await signedIn()
  const { incidents } = await lab.admin.call('incident.list')
  const [one] = incidents
  const many = Array.from({ length: 10_000 }, (_, index) => ({
    ...one,
    id: `inc_${index}`,
    title: `incident ${index}`,
  }))
  // More than the API ever answers at once: the browser must bear it all the same.
  await page.route('**/v1/incidents?state=open', (route) => route.fulfill({ json: { incidents: many } }))
  await goTo(page, '#/incidents', 'Incidents')
  await page.getByText(/^1 to 50 of 10,00\d$/).waitFor()
  assert.ok((await page.getByRole('row').count()) <= 51)
  await page.getByRole('button', { name: 'On' }).click()
  await page.getByText(/^51 to 100 of/).waitFor()
})

/** Every screen: its place, and its heading. */
const screens = (): (readonly [hash: string, heading: string | RegExp])[] => [
  ['#/incidents', 'Incidents'],
  ['#/incidents?show=Closed', 'Incidents'],
  [`#/incidents/${story.incident}`, story.title],
  [`#/incidents/${story.hostile}`, hostile],
  ['#/findings', 'Findings'],
  ['#/findings?show=weak', 'Findings'],
  [`#/findings/${story.finding}`, /./],
  ['#/health', 'Health'],
  ['#/sources', 'Sources'],
  ['#/sources/issuer', 'issuer'],
  ['#/sources/far-issuer', 'far-issuer'],
  ['#/sources/nobody', 'nobody'],
  ['#/events/1', 'Event 1'],
  ['#/nowhere', 'No such page'],
]

test('axe finds nothing on any screen, dark or light', { skip, timeout: 240_000 }, async () => {
  for (const scheme of ['light', 'dark'] as const) {
    const { page } = await openPage(browser, { scheme })
    await page.goto(lab.url)
    await page.getByLabel('Token').waitFor()
    assert.deepEqual(await axeFinds(page), [], `sign-in, ${scheme}`)
    await signIn(page, lab.url, lab.token)
    for (const [hash, heading] of screens()) {
      await goTo(page, hash, heading)
      assert.deepEqual(await axeFinds(page), [], `${hash}, ${scheme}`)
    }
    await page.context().close()
  }
})

type Axe = {
  run(options: unknown): Promise<{ violations: { id: string; nodes: { html: string }[] }[]; passes: unknown[] }>
}
async function axeFinds(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  return await page.evaluate(async () => {
    const { run } = (globalThis as unknown as { axe: Axe }).axe
    const { violations, passes } = await run({ resultTypes: ['violations'] })
    if (passes.length < 10) return ['axe saw no page']
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`))
  })
}

test('no screen needs scrolling sideways at 320 px', { skip, timeout: 120_000 }, async () => {
  const { page } = await signedIn({ width: 320 })
  for (const [hash, heading] of screens()) {
    await goTo(page, hash, heading)
    const width = await page.evaluate(() => document.documentElement.scrollWidth)
    const wide = await page.evaluate(() =>
      [...document.querySelectorAll('main *')]
        .filter((one) => one.getBoundingClientRect().right > 321)
        .map((one) => one.outerHTML.slice(0, 120)),
    )
    assert.ok(width <= 320, `${hash} is ${width} px wide: ${wide.slice(0, 5).join('\n')}`)
  }
})

test('what the board, a customer and a regulator get of the incident is one printed sheet each', { skip }, async () => {
  const { page, printed } = await sheetsOf(browser)
  const [customer] = (await lab.admin.call('estate.find', { query: { kind: 'customer' } })).entities
  const { incident } = story
  const asked = [
    { audience: 'board', incident },
    { audience: 'regulator', incident },
    { audience: 'customer', incident, customer: customer?.entity },
  ] as const
  for (const query of asked) {
    const { documents } = await lab.admin.call('report.make', { query })
    assert.ok(documents[0] !== undefined && documents[0].figures.length > 0)
    assert.equal(await printed(pageOf(documents)), 1, query.audience)
  }
  await page.close()
})
