import { codeOf, jsonRaw, refuse, wordAt, type Access } from '../client.ts'
import { AwsError } from '../config.ts'
import { listAll, policyKind, readContent } from '../organization.ts'
import { contentOf, entriesIn, type Denied } from './denied.ts'

/** Others that change the same at the same time: each round one of them gets through. */
const roundsMax = 16

const baseOf = (account: string): string => `cordon-contain-${account}`

/** `number` 0: the policy that is attached; the others are the journal of what it shall say. */
type Generation = { id: string; number: number }

/**
 * One policy is attached to the account for good, and Organizations has no conditional write: two who read and write it at
 * once lose one of both. But it gives no name twice. So what shall hold is a journal of policies that are never attached:
 * whoever makes `cordon-contain-ACCOUNT-8` out of what `-7` says has changed 7 and nothing younger, and everybody else
 * starts again from 8. Then the attached one is made to say what the youngest says; its content is replaced as a whole, so
 * that nobody is let go in between.
 */
export async function changeDenied(
  access: Access,
  account: string,
  edit: (entries: readonly Denied[]) => Denied[],
): Promise<void> {
  for (let round = 0; round < roundsMax; round++) {
    const before = await generations(access, account)
    const youngest = before.at(-1)
    const entries = youngest === undefined ? [] : await entriesOf(access, youngest.id)
    // Taken away since it was listed: there is a younger one.
    if (entries === undefined) continue
    const wanted = [...new Set(edit(entries))].sort()
    if (youngest === undefined && wanted.length === 0) return
    if (youngest === undefined || wanted.join() !== entries.join()) {
      await make(access, { name: `${baseOf(account)}-${(youngest?.number ?? 0) + 1}`, entries: wanted })
      continue
    }
    if (!(await show(access, { account, id: before.find(({ number }) => number === 0)?.id, entries }))) continue
    // Written by another from an older one, since it was looked at: seen here, or by that other.
    if ((await generations(access, account)).at(-1)?.id !== youngest.id) continue
    for (const { id, number } of before)
      if (number > 0 && id !== youngest.id)
        await call(access, 'DeletePolicy', { PolicyId: id }, ['PolicyNotFoundException'])
    return
  }
  throw new AwsError('ERR_AWS_REFUSED', 'the service control policy of Cordon is changed by others again and again', {
    retryable: true,
  })
}

/** Named by the policy that is attached to the account, and by the youngest of the journal. */
export async function isDenied(access: Access, account: string, entry: Denied): Promise<boolean> {
  const own = await generations(access, account)
  const [shown, youngest] = [own.find(({ number }) => number === 0), own.at(-1)]
  if (shown === undefined || youngest === undefined) return false
  for (const { id } of new Set([shown, youngest]))
    if ((await entriesOf(access, id))?.includes(entry) !== true) return false
  const rows = await listAll(access, 'ListPoliciesForTarget', { TargetId: account, Filter: policyKind }, 'Policies')
  return rows.some((row) => row['Id'] === shown.id)
}

/** What of its kind is denied now, as the youngest says. */
export async function deniedNow(access: Access, account: string): Promise<Denied[]> {
  const youngest = (await generations(access, account)).at(-1)
  return youngest === undefined ? [] : ((await entriesOf(access, youngest.id)) ?? [])
}

/** Cordon's policies for this account, the youngest last. */
async function generations(access: Access, account: string): Promise<Generation[]> {
  const base = baseOf(account)
  const rows = await listAll(access, 'ListPolicies', { Filter: policyKind }, 'Policies')
  return rows
    .flatMap((row): Generation[] => {
      const [name, id] = [wordAt(row, 'Name'), wordAt(row, 'Id')]
      if (name === base) return [{ id, number: 0 }]
      const [, number] = name.startsWith(base) ? (/^-(\d{1,9})$/.exec(name.slice(base.length)) ?? []) : []
      return number === undefined ? [] : [{ id, number: Number(number) }]
    })
    .toSorted((a, b) => a.number - b.number)
}

/** Sorted; undefined when the policy is not there any more. */
async function entriesOf(access: Access, id: string): Promise<Denied[] | undefined> {
  const content = await readContent(access, id)
  return content === undefined ? undefined : entriesIn(content)
}

type Call = 'CreatePolicy' | 'UpdatePolicy' | 'AttachPolicy' | 'DeletePolicy'
/** The code of a refusal that is expected; undefined: done. */
async function call(
  access: Access,
  operation: Call,
  body: Record<string, string>,
  expected: readonly string[],
): Promise<string | undefined> {
  const response = await jsonRaw(access, 'organizations', operation, body)
  const code = codeOf(response)
  if (response.status >= 400 && expected.includes(code)) return code
  refuse(response, `organizations:${operation}`)
  return undefined
}

/** Where another made this name first, the next round finds it. */
async function make(access: Access, { name, entries }: { name: string; entries: readonly Denied[] }): Promise<void> {
  const body = { Name: name, Description: 'Principals that Cordon contains', Type: policyKind }
  await call(access, 'CreatePolicy', { ...body, Content: contentOf(entries) }, ['DuplicatePolicyException'])
}

/** True when the policy on the account says it already; else it is brought a step further, and looked at again. */
async function show(
  access: Access,
  { account, id, entries }: { account: string; id: string | undefined; entries: readonly Denied[] },
): Promise<boolean> {
  if (id === undefined) {
    await make(access, { name: baseOf(account), entries })
    return false
  }
  const shown = await entriesOf(access, id)
  if (shown?.join() !== entries.join()) {
    await call(access, 'UpdatePolicy', { PolicyId: id, Content: contentOf(entries) }, ['PolicyNotFoundException'])
    return false
  }
  const body = { PolicyId: id, TargetId: account }
  const taken = ['DuplicatePolicyAttachmentException', 'PolicyNotFoundException', 'ConstraintViolationException']
  const code = await call(access, 'AttachPolicy', body, taken)
  if (code === 'ConstraintViolationException') {
    throw new AwsError('ERR_AWS_REFUSED', 'the account has as many service control policies as AWS lets it have', {
      hint: 'detach one that is not needed, or attach it to the unit above',
    })
  }
  return code !== 'PolicyNotFoundException'
}
