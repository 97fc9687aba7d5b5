import type { Problem } from '#api/contract'

/** What failed, where, and the way out, as the API says it. */
export type Said = Pick<Problem, 'code' | 'detail' | 'hint' | 'place'> & { status: number | null }

export class Refused extends Error {
  readonly said: Said
  constructor(said: Said) {
    super(said.detail)
    this.name = 'Refused'
    this.said = said
  }
}

/** The token is no longer good: whoever is told must sign in anew. */
export const isSignedOut = ({ status }: Said): boolean => status === 401

export const unreachable: Said = {
  status: null,
  code: 'ERR_CONSOLE_UNREACHABLE',
  detail: 'no answer from Cordon',
  hint: '`cordon status` on its machine says whether it is up; the console tries again by itself',
}

/** Whatever was thrown. What the API says of itself is shown as it says it. */
export function saidOf(error: unknown): Said {
  if (error instanceof Refused) return error.said
  return {
    status: null,
    code: 'ERR_CONSOLE',
    detail: error instanceof Error ? error.message : String(error),
    hint: 'load the page again',
  }
}

const textOf = (body: Readonly<Record<string, unknown>>, key: string): string | undefined => {
  const value = body[key]
  return typeof value === 'string' ? value : undefined
}

/** The body of an answer that refuses (RFC 9457). */
export function refusalOf(status: number, body: unknown): Said {
  const fields: Readonly<Record<string, unknown>> = typeof body === 'object' && body !== null ? { ...body } : {}
  const hint = textOf(fields, 'hint')
  const place = textOf(fields, 'place')
  return {
    status,
    code: textOf(fields, 'code') ?? 'ERR_CONSOLE_ANSWER',
    detail: textOf(fields, 'detail') ?? `something answered ${status} that is not Cordon`,
    ...(hint === undefined ? {} : { hint }),
    ...(place === undefined ? {} : { place }),
  }
}
