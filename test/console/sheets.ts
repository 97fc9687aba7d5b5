import type { Browser, Page } from 'playwright-core'

/** A page to print with: how many sheets a document takes, by the size and margins that it states itself. */
export async function sheetsOf(browser: Browser): Promise<{ page: Page; printed(html: string): Promise<number> }> {
  const page = await browser.newPage()
  return {
    page,
    async printed(html) {
      await page.setContent(html)
      const pdf = await page.pdf({ preferCSSPageSize: true, format: 'A4' })
      return pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length ?? 0
    },
  }
}
