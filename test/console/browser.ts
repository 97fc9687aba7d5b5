import { existsSync } from 'node:fs'

import { chromium, type Browser, type Page } from 'playwright-core'

const program = process.env['CORDON_CHROMIUM'] ?? '/usr/bin/chromium'
export const skipWithoutBrowser = existsSync(program)
  ? false
  : 'no chromium: run test/systems/install-chromium.sh, or name one as CORDON_CHROMIUM'

/** Tests run as root, where chromium has no sandbox; what it is shown is our own. */
export const startBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: program, args: ['--no-sandbox', '--disable-dev-shm-usage'] })

export type Seen = { page: Page; faults: string[] }
type Look = { width?: number; scheme?: 'light' | 'dark'; zone?: string }

/**
 * A page of its own, with nothing of another one's. `faults` fills with whatever a browser complains of: errors of
 * scripts, what the content security policy forbade, files that did not load.
 */
export async function openPage(
  browser: Browser,
  { width = 1280, scheme = 'light', zone = 'UTC' }: Look = {},
): Promise<Seen> {
  const viewport = { width, height: 800 }
  const context = await browser.newContext({ viewport, colorScheme: scheme, timezoneId: zone, reducedMotion: 'reduce' })
  const page = await context.newPage()
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(`script: ${error.message}`))
  page.on('console', (said) => {
    if (said.type() === 'error' || said.type() === 'warning') faults.push(`console: ${said.text()}`)
  })
  await page.exposeBinding('cordonViolation', (_, text: string) => faults.push(`policy: ${text}`))
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- put there by exposeBinding
      const tell = (globalThis as unknown as { cordonViolation: (text: string) => void }).cordonViolation
      tell(`${violatedDirective} ${blockedURI}`)
    })
  })
  return { page, faults }
}

export async function signIn(page: Page, url: string, token: string): Promise<void> {
  await page.goto(url)
  await page.getByLabel('Token').fill(token)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('navigation').waitFor()
}

/** A place of the console, once it shows what it read. */
export async function goTo(page: Page, hash: string, heading: string | RegExp): Promise<void> {
  await page.evaluate((to) => {
    location.hash = to
  }, hash)
  await page.getByRole('heading', { level: 1, name: heading }).waitFor()
  await page.getByText('Reading …').first().waitFor({ state: 'detached' })
}
