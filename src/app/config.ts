import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, isAbsolute, join, resolve } from 'node:path'

import type * as Yaml from 'yaml'
import { z } from 'zod'

import { CordonError, isSecureUrl } from '#kit'

export class ConfigError extends CordonError<'ERR_CONFIG_READ' | 'ERR_CONFIG_SYNTAX' | 'ERR_CONFIG_VALUE'> {}

const command = z
  .array(z.string().min(1).max(1024), { error: 'write a list, no shell reads it: [/path/to/program, argument]' })
  .min(1)
  .max(32)
  .refine(([program]) => program?.startsWith('/') === true, { error: 'name the program by its absolute path' })

const originUrl = z.url().refine((text) => isSecureUrl(text) && new URL(text).origin === text, {
  error: 'write an origin: https://host, without a path',
})

/**
 * `cordon.yaml`: process settings only, and the only place where commands that execute may stand. Sources, policies and
 * users live in the store and change through the API, where every change is a receipt.
 */
const configSchema = z.strictObject({
  data: z.string().min(1).default('.cordon'),
  listen: z
    .string()
    .regex(/^[\w.:[\]-]+:\d{1,5}$/, { error: 'write host:port, for example 127.0.0.1:7420' })
    .default('127.0.0.1:7420'),
  /** Names it is called by, for example behind a proxy; its addresses and localhost need not stand here. */
  names: z
    .array(z.string().regex(/^[a-z0-9][a-z0-9.-]{0,252}$/, { error: 'a host name in lower case' }))
    .max(32)
    .default([]),
  keys: z.string().min(1).optional(),
  retentionDays: z.int().min(1).max(3650).default(180),
  /** Folders whose files sources may follow: who administers Cordon must not thereby read every file of this machine. */
  logFolders: z
    .array(z.string().regex(/^\//, { error: 'name the folder by its absolute path' }))
    .max(64)
    .default([]),
  /** Sigma rules that events are held against: the packs that come with Cordon, and directories of the house. */
  rules: z
    .strictObject({
      packs: z.boolean().default(true),
      directories: z
        .array(z.string().regex(/^\//, { error: 'name the directory by its absolute path' }))
        .max(64)
        .default([]),
    })
    .default({ packs: true, directories: [] }),
  hooks: z.strictObject({ isolate: command, release: command, check: command }).optional(),
  witnesses: z
    .array(
      z.union([
        z.strictObject({ name: z.string(), directory: z.string() }),
        z.strictObject({ name: z.string(), url: z.url({ protocol: /^https$/, error: 'write an https:// address' }) }),
      ]),
    )
    .max(16)
    .default([]),
  /** Bounds of a vendor's exposure, at most, past which it is a finding; absent: none is. */
  vendors: z.strictObject({ people: z.int().min(1).optional(), records: z.int().min(1).optional() }).default({}),
  /** Who answers for what is asked of people every day, through this source, and again after so many days; absent: by hand alone. */
  asking: z
    .strictObject({
      output: z.string().min(1).max(64),
      days: z.int().min(1).max(60).default(7),
    })
    .optional(),
  /** Shared Signals to others; absent: off. */
  signals: z.strictObject({ issuer: originUrl, receivers: z.array(originUrl).max(32).default([]) }).optional(),
})

export type Config = {
  dataDir: string
  keysDir: string
  host: string
  port: number
  names: string[]
  retentionDays: number
  logFolders: string[]
  rules: z.infer<typeof configSchema>['rules']
  hooks: z.infer<typeof configSchema>['hooks']
  witnesses: z.infer<typeof configSchema>['witnesses']
  vendors: z.infer<typeof configSchema>['vendors']
  asking: z.infer<typeof configSchema>['asking']
  signals: z.infer<typeof configSchema>['signals']
}

export const configFileDefault = 'cordon.yaml'

/** Reads the file (when there is one), then lets options override. Every fault names file, line and the way out. */
export function loadConfig(options: {
  file?: string | undefined
  data?: string | undefined
  listen?: string | undefined
  cwd: string
}): Config {
  const path = resolve(options.cwd, options.file ?? configFileDefault)
  const isNamed = options.file !== undefined
  if (isNamed && !existsSync(path)) {
    throw new ConfigError('ERR_CONFIG_READ', `there is no configuration at \`${path}\``, {
      hint: 'leave --config out to start with defaults',
    })
  }
  const read = existsSync(path) ? readFile(path) : {}
  const values = configSchema.safeParse({
    ...read,
    ...(options.data === undefined ? {} : { data: options.data }),
    ...(options.listen === undefined ? {} : { listen: options.listen }),
  })
  if (!values.success) throw valueError(values.error, existsSync(path) ? path : undefined)
  const { data, listen, keys, ...rest } = values.data
  const base = existsSync(path) && options.data === undefined ? dirname(path) : options.cwd
  const dataDir = isAbsolute(data) ? data : join(base, data)
  const colon = listen.lastIndexOf(':')
  const port = Number(listen.slice(colon + 1))
  if (port > 65_535)
    throw new ConfigError('ERR_CONFIG_VALUE', `\`${port}\` is no port`, {
      place: 'listen',
      hint: 'ports go up to 65535',
    })
  return {
    dataDir,
    keysDir: keys === undefined ? join(dataDir, 'keys') : isAbsolute(keys) ? keys : join(base, keys),
    host: listen.slice(0, colon).replace(/^\[|\]$/g, ''),
    port,
    names: rest.names,
    retentionDays: rest.retentionDays,
    logFolders: rest.logFolders,
    rules: rest.rules,
    hooks: rest.hooks,
    witnesses: rest.witnesses,
    vendors: rest.vendors,
    asking: rest.asking,
    signals: rest.signals,
  }
}

/** Seventy files, needed only where there is a configuration; a start without one does not load them. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the package by its own types
const yaml = (): typeof Yaml => createRequire(import.meta.url)('yaml') as typeof Yaml

function readFile(path: string): object {
  const { isMap } = yaml()
  const { document } = parseYaml(path)
  if (document.contents === null) return {}
  if (!isMap(document.contents)) {
    throw new ConfigError('ERR_CONFIG_SYNTAX', 'the configuration is no list of `name: value` lines', { place: path })
  }
  const value: unknown = document.toJS()
  return typeof value === 'object' && value !== null ? value : {}
}

function parseYaml(path: string): { document: Yaml.Document; lines: Yaml.LineCounter } {
  const { LineCounter, parseDocument } = yaml()
  const lines = new LineCounter()
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new ConfigError('ERR_CONFIG_READ', `\`${path}\` cannot be read`, { cause: error })
  }
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true })
  const [fault] = document.errors
  if (fault !== undefined) {
    const { line, col } = lines.linePos(fault.pos[0])
    throw new ConfigError(
      'ERR_CONFIG_SYNTAX',
      (fault.message.split('\n')[0] ?? 'not YAML').replace(/ at line.*$/, '').toLowerCase(),
      {
        place: `${path}:${line}:${col}`,
      },
    )
  }
  return { document, lines }
}

function valueError(error: z.ZodError, path: string | undefined): ConfigError {
  const [issue] = error.issues
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  const keys = [...(issue?.path ?? []), ...(unknown === undefined ? [] : [unknown])]
  const where = keys.map(String).join('.')
  const message =
    unknown === undefined ? (issue?.message ?? 'does not fit').toLowerCase() : `there is no setting \`${unknown}\``
  return new ConfigError('ERR_CONFIG_VALUE', message, {
    place: path === undefined ? where : `${path}:${lineOf(path, keys)}: ${where}`,
    hint: 'docs/deploy.md lists the settings',
  })
}

function lineOf(path: string, keys: readonly PropertyKey[]): number {
  const { isMap, isScalar } = yaml()
  const { document, lines } = parseYaml(path)
  for (let depth = keys.length; depth > 0; depth--) {
    const parent: unknown = depth === 1 ? document.contents : document.getIn(keys.slice(0, depth - 1), true)
    const pair = isMap(parent)
      ? parent.items.find((item) => isScalar(item.key) && item.key.value === keys[depth - 1])
      : undefined
    const range = pair !== undefined && isScalar(pair.key) ? pair.key.range : undefined
    if (range !== undefined && range !== null) return lines.linePos(range[0]).line
  }
  return 1
}
