import type { Http } from '#kit'

import { LedgerError } from '../error.ts'
import type { Witness } from '../types.ts'

/**
 * Posts each checkpoint, as the plain note, to an address outside: a customer's archive, a mail or chat relay, another
 * Cordon. Any 2xx answer means it is kept. Throws ERR_LEDGER_WITNESS (retryable) otherwise.
 */
export function pushWitness({ name, url, http }: { name: string; url: string; http: Http }): Witness {
  return {
    name,
    async deposit({ note }) {
      const { status } = await http.request(url, {
        method: 'POST',
        headers: { 'content-type': 'text/plain; charset=utf-8' },
        body: note,
      })
      if (status >= 200 && status < 300) return
      throw new LedgerError('ERR_LEDGER_WITNESS', `the witness \`${name}\` answered ${status}`, {
        hint: 'the checkpoint is offered again with the next one; check the address and its access',
        retryable: true,
      })
    },
  }
}
