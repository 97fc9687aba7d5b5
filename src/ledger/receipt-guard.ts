import type { Receipt } from '#model'

import { LedgerError } from './error.ts'

/** Characters of a text among the facts: room for an entity id, not for a message, a row or a prompt. */
export const factTextMax = 512
/** Characters of a sealed value. */
export const sealedTextMax = 4096
/** Facts and sealed fields of one receipt, each. */
export const receiptFieldsMax = 64

const namePattern = /^[a-z][A-Za-z0-9._-]{0,63}$/
const customerId = /\bcustomer:[^\s,;"'`[\]{}()]+/g
// oxlint-disable-next-line no-control-regex -- control characters are what is refused
const controls = /[\u0000-\u001f\u007f]/

/**
 * A leaf can never be taken back, so what does not belong into one is refused before: long or multi-line text (rows,
 * prompts, error bodies), a second customer, a customer among the public facts. Throws ERR_LEDGER_RECEIPT.
 */
export function refuseUnfit({ what, atMs, customer, facts, sealed }: Receipt): void {
  if (!namePattern.test(what)) refuse(`\`${what.slice(0, 80)}\` is no name of a receipt`, 'name it `noun.verb`')
  if (!Number.isSafeInteger(atMs)) refuse(`the time of \`${what}\` is no integer`, 'give milliseconds UTC')
  for (const [part, fields] of [
    ['facts', facts],
    ['sealed', sealed],
  ] as const) {
    const names = Object.keys(fields)
    if (names.length > receiptFieldsMax) {
      refuse(`\`${what}\` has ${names.length} ${part}`, `keep a count or a hash; at most ${receiptFieldsMax}`)
    }
    for (const name of names) {
      if (!namePattern.test(name)) refuse(`\`${part}.${name.slice(0, 80)}\` is no field name`, 'use letters and digits')
    }
  }
  if ('customer' in sealed) refuse('`sealed.customer` is reserved', 'set `customer` of the receipt')
  for (const [name, value] of Object.entries(facts)) {
    if (typeof value === 'number' && !Number.isFinite(value)) {
      refuse(`\`facts.${name}\` of \`${what}\` is not finite`, 'leave it out')
    }
    if (typeof value !== 'string') continue
    if (value.length > factTextMax || controls.test(value) || !value.isWellFormed()) {
      refuse(
        `\`facts.${name}\` of \`${what}\` is long or multi-line text`,
        `facts are ids, hashes, verbs, states and counts of at most ${factTextMax} characters; seal it, or keep its hash`,
      )
    }
    if (value.match(customerId) !== null) {
      refuse(`\`facts.${name}\` of \`${what}\` names a customer in public`, 'set `customer` of the receipt')
    }
  }
  for (const [name, value] of Object.entries(sealed)) {
    if (value.length > sealedTextMax || !value.isWellFormed()) {
      refuse(`\`sealed.${name}\` of \`${what}\` is too long`, `at most ${sealedTextMax} characters`)
    }
    if ((value.match(customerId) ?? []).some((id) => id !== customer)) {
      refuse(`\`${what}\` concerns more than one customer`, 'append one receipt for each customer')
    }
  }
}

function refuse(message: string, hint: string): never {
  throw new LedgerError('ERR_LEDGER_RECEIPT', message, { hint })
}
