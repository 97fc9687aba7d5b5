import { isObject } from '#kit'

import { ocsfRules, type AttributeRule, type ClassRules, type NodeRules, type OcsfRules } from './rules.ts'

export type OcsfProblemCode =
  | 'class' // not in the schema
  | 'missing' // required by the class, the object, or a profile of the event
  | 'type' // no value of the attribute's data type
  | 'value' // not in the enumeration
  | 'sibling' // 99 (Other) without the text that says which other
  | 'uid' // category_uid or type_uid contradicts class_uid and activity_id
  | 'constraint' // at least one of, or just one of
  | 'depth' // objects nested too deep to check
  | 'unknown' // attribute the class or object does not have
  | 'profile' // attribute of a profile that metadata.profiles does not name
  | 'deprecated'
  | 'version' // metadata.version is another version of the schema
/** `warning`: readers cope with it. `path` is like `resources[2].owner.type_id`; no value of the event is repeated. */
export type OcsfProblem = { path: string; code: OcsfProblemCode; level: 'error' | 'warning'; message: string }

export const ocsfDepthMax = 32
export const ocsfProblemsMax = 100
const otherValue = 99

const warnings: ReadonlySet<OcsfProblemCode> = new Set(['unknown', 'profile', 'deprecated', 'version'])

/** What is wrong with an event by the OCSF schema of `ocsfVersion`; at most `ocsfProblemsMax`. Pure. */
export function validateOcsf(event: unknown): OcsfProblem[] {
  const check = new Check(ocsfRules())
  if (isObject(event)) check.event(event)
  else check.report('class', 'is no object')
  return check.problems
}

class Check {
  readonly problems: OcsfProblem[] = []
  readonly #rules: OcsfRules
  readonly #path: (string | number)[] = []
  #profiles: readonly unknown[] = []

  constructor(rules: OcsfRules) {
    this.#rules = rules
  }

  event(event: Record<string, unknown>): void {
    const { class_uid, metadata } = event
    const rules = typeof class_uid === 'number' ? this.#rules.class(class_uid) : undefined
    if (rules === undefined) return this.report('class', `is no class of OCSF ${this.#rules.version}`, 'class_uid')
    if (isObject(metadata)) {
      if (Array.isArray(metadata['profiles'])) this.#profiles = metadata['profiles']
      const { version } = metadata
      if (typeof version === 'string' && version !== this.#rules.version)
        this.report('version', `is not ${this.#rules.version}`, 'metadata', 'version')
    }
    if (rules.isDeprecated) this.report('deprecated', `${rules.name} is deprecated`, 'class_uid')
    this.#uids(rules, event)
    this.#node(rules, event)
  }

  #uids({ classUid, categoryUid, name }: ClassRules, { category_uid, type_uid, activity_id }: Record<string, unknown>) {
    if (typeof category_uid === 'number' && category_uid !== categoryUid)
      this.report('uid', `must be ${categoryUid} for ${name}`, 'category_uid')
    if (typeof type_uid === 'number' && typeof activity_id === 'number' && type_uid !== classUid * 100 + activity_id)
      this.report('uid', 'must be class_uid * 100 + activity_id', 'type_uid')
  }

  #node(rules: NodeRules, node: Record<string, unknown>): void {
    if (rules.isOpen) return
    if (this.#path.length >= ocsfDepthMax) return this.report('depth', 'is nested too deep')
    for (const key of Object.keys(node)) {
      const value = node[key]
      if (value === undefined) continue
      const rule = rules.byName.get(key)
      if (rule === undefined) this.report('unknown', `${rules.name} has no such attribute`, key)
      else this.#attribute(rule, value, node)
    }
    for (const rule of rules.required) {
      if (node[rule.name] === undefined && this.#applies(rule))
        this.report('missing', `${rules.name} requires it`, rule.name)
    }
    const { atLeastOne, justOne } = rules
    if (atLeastOne.length > 0 && !atLeastOne.some((key) => node[key] !== undefined))
      this.report('constraint', `needs at least one of ${atLeastOne.join(', ')}`)
    if (justOne.length > 0 && justOne.filter((key) => node[key] !== undefined).length !== 1)
      this.report('constraint', `needs just one of ${justOne.join(', ')}`)
  }

  #applies({ profiles }: AttributeRule): boolean {
    return profiles.length === 0 || profiles.some((profile) => this.#profiles.includes(profile))
  }

  #attribute(rule: AttributeRule, value: unknown, node: Record<string, unknown>): void {
    this.#path.push(rule.name)
    if (rule.isDeprecated) this.report('deprecated', 'is deprecated')
    if (!this.#applies(rule)) this.report('profile', `needs \`${rule.profiles.join('` or `')}\` in metadata.profiles`)
    if (!rule.isArray) this.#value(rule, value)
    else if (Array.isArray(value)) {
      for (const [at, one] of value.entries()) {
        this.#path.push(at)
        this.#value(rule, one)
        this.#path.pop()
      }
    } else this.report('type', `must be an array of ${rule.type}`)
    if (value === otherValue && rule.sibling !== '' && rule.values?.has(value) === true && !isText(node[rule.sibling]))
      this.report('sibling', `is Other: ${rule.sibling} must say which`)
    this.#path.pop()
  }

  #value({ accepts, type, object, values }: AttributeRule, value: unknown): void {
    if (accepts === undefined) {
      if (isObject(value)) this.#node(this.#rules.object(object), value)
      else this.report('type', `must be an object (${type})`)
    } else if (!accepts(value)) this.report('type', `is no ${type}`)
    else if (values !== undefined && !values.has(value)) this.report('value', 'is not in the enumeration')
  }

  report(code: OcsfProblemCode, message: string, ...below: string[]): void {
    if (this.problems.length >= ocsfProblemsMax) return
    const path = [...this.#path, ...below].reduce<string>(
      (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`),
      '',
    )
    this.problems.push({ path, code, level: warnings.has(code) ? 'warning' : 'error', message })
  }
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''
