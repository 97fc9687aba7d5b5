import { ask } from '../ask.ts'
import type { Company } from './company.ts'

/** Somebody with a stolen token or none, who speaks plain HTTP and knows nothing of Cordon. */
export async function opens({ twin }: Company, path: string, token?: string): Promise<boolean> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  return (await ask(`${twin.url}/api/${path}`, headers)).status === 200
}
