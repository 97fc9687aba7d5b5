/**
 * Mail domains that anybody can have a mailbox at. A list by hand of the most used, each provider's own: it is a hint, and
 * never decides alone.
 */
const publicMail: ReadonlySet<string> = new Set(
  `gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com ymail.com icloud.com me.com mac.com aol.com
   gmx.com gmx.net gmx.de web.de proton.me protonmail.com pm.me tutanota.com tuta.com mail.com mail.ru yandex.com yandex.ru
   qq.com 163.com 126.com naver.com fastmail.com zoho.com hey.com duck.com`.split(/\s+/),
)

export const isPublicMail = (domain: string): boolean => publicMail.has(domain)

/** The domain of an address, in small letters; undefined for what is none. */
export function domainOf(address: unknown): string | undefined {
  if (typeof address !== 'string' || address.length > 320) return undefined
  const at = address.lastIndexOf('@')
  return at < 1 || at === address.length - 1 ? undefined : address.slice(at + 1).toLowerCase()
}
