import type { ResponseOf } from '#api/contract'

import { connect, serverOptions } from '../client.ts'
import { CliError, exitCodes, type CliCommand } from '../command.ts'
import { listOptions, manyCell, printList, refuseTwoForms, timeCell, type Columns } from '../listing.ts'
import { renderVendor, renderVendors } from '../vendors.ts'

const columns: Columns<ResponseOf<'vendor.list'>['vendors'][number]> = [
  ['vendor', ({ vendor }) => vendor],
  ['name', ({ name }) => name],
  ['told', ({ told }) => told],
  ['house', ({ house }) => house],
  ['ai', ({ ai }) => ai],
  ['owner', ({ owner }) => owner],
  ['apps', ({ apps }) => apps],
  ['parts', ({ parts }) => manyCell(parts)],
  ['users', ({ users }) => users],
  ['people_least', ({ people }) => people.atLeast],
  ['people_most', ({ people }) => people.atMost],
  ['held_least', ({ held }) => held.atLeast],
  ['held_most', ({ held }) => held.atMost],
  ['held_unseen', ({ unseen }) => unseen],
  ['classes', ({ classes }) => manyCell(classes)],
  ['changes', ({ changes }) => changes],
  ['last_used', ({ lastUsedAtMs }) => timeCell(lastUsedAtMs)],
  ['advisories', ({ advisories }) => advisories],
  ['findings', ({ findings }) => findings],
  ['incidents', ({ incidents }) => incidents],
  ['claims', ({ claims }) => claims],
  ['exposed_least', ({ exposure }) => exposure.people.atLeast],
  ['exposed_most', ({ exposure }) => exposure.people.atMost],
  ['reasons', ({ reasons }) => manyCell(reasons)],
]

const list: CliCommand = {
  name: 'vendor list',
  summary:
    'who is behind the apps, models and actions here: whom they reach and may hold; exit 1 while a source is lacking',
  args: [],
  options: {
    all: { type: 'boolean', help: 'with apps that are our own' },
    ai: { type: 'boolean', help: 'only services that answer with a model, shadow AI among them' },
    ...listOptions,
    ...serverOptions,
  },
  example: 'cordon vendor list --ai',
  async run(input) {
    refuseTwoForms(input)
    const state = input.flag('all') ? 'all' : input.flag('ai') ? 'ai' : 'others'
    const answer = await connect(input).call('vendor.list', { query: { state } })
    const text = (): void => renderVendors(answer).forEach((one) => input.io.out(one))
    printList(input, { json: () => answer, rows: answer.vendors, columns, text })
    return answer.lacking.length === 0 ? exitCodes.ok : exitCodes.notClean
  },
}

const show: CliCommand = {
  name: 'vendor show',
  summary: 'one vendor whole: apps, who let them in, what they reach, what of ours it may hold, advisories, findings',
  args: ['VENDOR'],
  options: { history: { type: 'boolean', help: 'how its exposure moved, and why' }, ...serverOptions },
  example: 'cordon vendor show openai --history',
  async run(input) {
    const [vendor = ''] = input.args
    const answer = await connect(input).call('vendor.show', {
      query: { vendor, history: input.flag('history') ? 'yes' : 'no' },
    })
    input.io.out(input.flag('json') ? JSON.stringify(answer) : renderVendor(answer).join('\n'))
    return answer.lacking.length === 0 ? exitCodes.ok : exitCodes.notClean
  },
}

const name: CliCommand = {
  name: 'vendor name',
  summary: 'say what a vendor is called, who answers for it, whom it is the same as, or what its software is made of',
  args: ['VENDOR', 'NAME?'],
  options: {
    owner: { type: 'string', value: 'WHO', help: 'who answers for it here' },
    into: { type: 'string', value: 'VENDOR', help: 'it is the same as this one: both are one vendor from now on' },
    apart: { type: 'boolean', help: 'what was joined is apart again' },
    component: { type: 'string', value: 'PURL', help: 'a package its software is made of, as the vendor says' },
    without: { type: 'string', value: 'PURL', help: 'no longer made of it' },
    ...serverOptions,
  },
  example: 'cordon vendor name vendor:google-project:3200000 "Quill Notes" --owner ada',
  async run(input) {
    const [vendor = '', called] = input.args
    const into = input.text('into')
    if (into !== undefined && input.flag('apart'))
      throw new CliError('ERR_CLI_USAGE', 'a vendor is joined or taken apart: not both', { place: '--apart' })
    const told = {
      name: called,
      owner: input.text('owner'),
      into: input.flag('apart') ? null : into,
      component: input.text('component'),
      without: input.text('without'),
    }
    if (Object.values(told).every((word) => word === undefined))
      throw new CliError('ERR_CLI_USAGE', 'nothing was said of it', {
        hint: 'give a NAME, --owner, --into, --apart, --component or --without',
      })
    const answer = await connect(input).call('vendor.name', { body: { vendor, ...told } })
    input.io.out(input.flag('json') ? JSON.stringify(answer) : `noted, with a leaf of the ledger: ${answer.vendor}`)
    return exitCodes.ok
  },
}

export const vendorCommands: readonly CliCommand[] = [list, show, name]
