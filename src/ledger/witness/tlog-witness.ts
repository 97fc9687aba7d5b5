import { fromHex, toBase64, type Http } from '#kit'
import type { TenantId } from '#model'

import { LedgerError } from '../error.ts'
import { parseNote, signersOf, type NoteKey } from '../note.ts'
import type { Ledger, SignedCheckpoint, Witness } from '../types.ts'

/** `keep` stores the cosigned note, so that it travels with every export. */
export type TlogWitnessParts = {
  key: NoteKey
  /** Submission prefix, without `/add-checkpoint`. */
  url: string
  http: Http
  ledger: Pick<Ledger, 'consistencyProof'>
  keep: (checkpoint: SignedCheckpoint, cosignedNote: string) => Promise<void>
}

/**
 * A witness that speaks https://c2sp.org/tlog-witness: it checks each consistency proof itself and cosigns, so a fork is
 * refused the moment it is offered. Throws ERR_LEDGER_CONTRADICTION when it knows another tree, ERR_LEDGER_WITNESS
 * (retryable) when it does not answer as specified.
 */
export function tlogWitness({ key, url, http, ledger, keep }: TlogWitnessParts): Witness {
  const knownSizes = new Map<TenantId, number>()

  const offer = async (checkpoint: SignedCheckpoint, old: number) => {
    const { tenant, size, note } = checkpoint
    const proof = ledger.consistencyProof(tenant, old, size).map((hex) => `${toBase64(fromHex(hex))}\n`)
    const body = `old ${old}\n${proof.join('')}\n${note}`
    return http.request(`${url}/add-checkpoint`, { method: 'POST', body })
  }

  return {
    name: key.name,
    async deposit(checkpoint) {
      const { tenant, size, note } = checkpoint
      let answer = await offer(checkpoint, Math.min(knownSizes.get(tenant) ?? 0, size))
      if (answer.status === 409) {
        const known = Number(/^(0|[1-9]\d{0,15})\n?$/.exec(answer.text)?.[1] ?? Number.NaN)
        if (known > size) refuseFork(key.name, `knows ${known} leaves, more than our ${size}`)
        if (Number.isSafeInteger(known)) answer = await offer(checkpoint, known)
      }
      if (answer.status === 409 || answer.status === 422) refuseFork(key.name, `refuses the tree of ${size} leaves`)
      if (answer.status !== 200) {
        throw new LedgerError('ERR_LEDGER_WITNESS', `the witness \`${key.name}\` answered ${answer.status}`, {
          hint: '403 and 404 mean that it does not know our public key or origin yet',
          retryable: true,
        })
      }
      const cosigned = note + answer.text
      if (!signersOf(parseNote(cosigned), [key]).includes(key)) {
        throw new LedgerError('ERR_LEDGER_WITNESS', `the answer of \`${key.name}\` holds no signature of its key`, {
          hint: "check the witness's public key",
          retryable: true,
        })
      }
      await keep(checkpoint, cosigned)
      knownSizes.set(tenant, size)
    },
  }
}

function refuseFork(name: string, says: string): never {
  throw new LedgerError('ERR_LEDGER_CONTRADICTION', `the witness \`${name}\` ${says}`, {
    hint: 'somebody changed the store, or an old backup was restored; compare export and witness with `cordon ledger verify`',
  })
}
