#!/usr/bin/env node
// Cordon host reporter: one file, Node 18 or newer, nothing else. It lists what a bad install on this host could read:
// installed packages with their times, and credential files by kind, path, mode and age.
//
// What leaves this host: names, paths, times, the machine's serial numbers where root may read them, and for machine-made
// secrets of at least 128 bits their SHA-256. Never a secret's value, never a file's contents, never a hash of something
// a person may have chosen.
// It writes nothing, starts nothing, and speaks to the network only for `--send`.
import { createHash, createHmac } from 'node:crypto'
import * as fs from 'node:fs'
import { homedir, hostname } from 'node:os'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'

export const reporterVersion = 1
const walkLimits = { timeMs: 60_000, foldersMax: 1_000_000, depthMax: 24, packagesMax: 100_000, cacheFilesMax: 20_000 }
const fileLimits = { fileBytesMax: 1_048_576, secretsPerFileMax: 200, credentialsMax: 10_000, rowsPerRecordMax: 1_000 }
export const limits = { ...walkLimits, ...fileLimits }

// ---- Where credentials lie: kind, how to read it, paths; `*` stands for one name. `!` after the reading: the file
// counts even when no single secret is recognised in it.
const table = (text) =>
  [...text.matchAll(/^ *(\S+) (\S+) (.+)$/gm)].flatMap(([, kind, reading, paths]) =>
    paths.split(' ').map((path) => ({ kind, reading, path })),
  )
const homeFiles = table(`
  ssh-key key .ssh/*
  aws pairs .aws/credentials .aws/config .aws/sso/cache/* .aws/cli/cache/*
  gcloud pairs .config/gcloud/application_default_credentials.json .config/gcloud/legacy_credentials/*/adc.json
  gcloud none! .config/gcloud/credentials.db .config/gcloud/access_tokens.db
  azure pairs .azure/accessTokens.json .azure/msal_token_cache.json .azure/service_principal_entries.json
  azure none! .azure/msal_token_cache.bin
  kubeconfig pairs .kube/config
  container-registry pairs .docker/config.json .config/containers/auth.json
  npm pairs .npmrc .yarnrc .yarnrc.yml
  pypi pairs .pypirc .pip/pip.conf .config/pip/pip.conf .config/pypoetry/auth.toml .local/share/uv/credentials/credentials.toml
  netrc netrc .netrc _netrc
  git pairs .git-credentials .config/git/credentials .config/gh/hosts.yml .config/glab-cli/config.yml .gitconfig
  huggingface pairs .cache/huggingface/stored_tokens
  huggingface whole .cache/huggingface/token .huggingface/token
  vault whole! .vault-token
  terraform pairs .terraform.d/credentials.tfrc.json .terraformrc
  ai-provider pairs .openai/* .config/openai/* .anthropic/* .config/anthropic/* .claude/.credentials.json .codex/auth.json
  database pairs .my.cnf .snowflake/connections.toml .dbt/profiles.yml .databrickscfg
  database none! .pgpass
  storage pairs .config/rclone/rclone.conf .s3cfg .boto
  build pairs .cargo/credentials.toml .gem/credentials .gradle/gradle.properties .config/composer/auth.json
  build tokens! .m2/settings.xml
  cloud pairs .config/doctl/config.yaml .fly/config.yml .config/stripe/config.toml .kaggle/kaggle.json
  encryption-key none! .gnupg/private-keys-v1.d/* .config/sops/age/keys.txt
  wallet none! .bitcoin/wallet.dat .ethereum/keystore/* .config/solana/id.json
  shell-history tokens! .bash_history .zsh_history .sh_history .python_history .node_repl_history .psql_history .mysql_history .local/share/fish/fish_history
`)
const systemFiles = table(`
  service-account whole var/run/secrets/*/serviceaccount/token run/secrets/*/serviceaccount/token
  mounted-secret whole! run/secrets/*
  kubeconfig pairs etc/kubernetes/* etc/rancher/k3s/k3s.yaml
  ssh-host-key key etc/ssh/*
  tls-key key etc/letsencrypt/live/*/privkey.pem etc/ssl/private/* var/lib/kubelet/pki/*
  environment-file pairs etc/environment
  pypi pairs etc/pip.conf
  system-passwords none! etc/shadow
  ci-runner none! var/jenkins_home/secrets/* var/jenkins_home/credentials.xml
`)
/** By file name, wherever the walk comes. */
const namedFiles = [
  [/^\.env(?:\.(?!example$|sample$|template$|dist$)[\w.-]+)?$|^\.envrc$/, 'environment-file', 'pairs'],
  [/^\.npmrc$|^\.yarnrc\.yml$/, 'npm', 'pairs'],
  [/^\.pypirc$/, 'pypi', 'pairs'],
  [/^(?:id_(?:rsa|dsa|ecdsa|ed25519)|.+\.(?:pem|key|ppk))$/, 'private-key', 'key'],
  [/\.(?:p12|pfx|jks|keystore|kdbx)$/, 'key-store', 'none!'],
  [/^(?:service[-_]?account|gha-creds|credentials?|client_secrets?)[\w.-]*\.json$/, 'cloud', 'pairs'],
  [/^secrets?\.(?:ya?ml|toml|env|json)$|^terraform\.tfstate$/, 'secrets-file', 'pairs'],
  [/^\.credentials(?:_rsaparams)?$/, 'ci-runner', 'pairs'],
]
const lockfiles =
  /^(?:(?:package-lock|npm-shrinkwrap)\.json|(?:yarn|bun|uv|poetry)\.lockb?|pnpm-lock\.yaml|requirements.*)$/
/** Left out: what the kernel makes up, and container layers, which are hosts of their own and therefore said. */
const notWalked = new Set(['/proc', '/sys', '/dev', '/run', '/var/run', '/lost+found'])
const containers = new Set(['/var/lib/docker', '/var/lib/containerd', '/var/lib/containers', '/var/lib/kubelet/pods'])
const whyUnread = { EACCES: 'no-permission', EPERM: 'no-permission', 'link-leaves-root': 'link-leaves-root' }
const firstFolders = '/opt /srv /app /workspace /builds /usr/lib/node_modules /usr/local /var/www /tmp /'.split(' ')

// ---- What a secret looks like.
const tokenShapes = [
  'cdn_[A-Za-z0-9]{4,64}_[A-Za-z0-9_-]{20,128}|gl(?:pat|dt|cbt|rt|ft|ptt|oas|soat)-[A-Za-z0-9_.-]{20,255}',
  'gh[opsur]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{40,255}|npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{50,500}',
  'xox[abeoprs](?:\\.xox[bp])?-[A-Za-z0-9-]{24,255}|xapp-\\d-[A-Za-z0-9-]{24,255}|hf_[A-Za-z0-9]{30,64}',
  'sk-[A-Za-z0-9_-]{32,255}|hv[sbr]\\.[A-Za-z0-9_-]{24,255}|[A-Za-z0-9]{14}\\.atlasv1\\.[A-Za-z0-9_=-]{60,128}',
  'AIza[A-Za-z0-9_-]{35}|GOCSPX-[A-Za-z0-9_-]{28}|ya29\\.[A-Za-z0-9_-]{30,2000}|1//0[A-Za-z0-9_-]{40,255}',
  '[rs]k_(?:live|test)_[A-Za-z0-9]{24,255}|SG\\.[A-Za-z0-9_-]{22}\\.[A-Za-z0-9_-]{43}|do[opr]_v1_[a-f0-9]{64}',
  'dckr_[a-z]{3}_[A-Za-z0-9_-]{27,64}|tskey-[a-z]+-[A-Za-z0-9]+-[A-Za-z0-9]{20,64}|dapi[a-f0-9]{32}',
  'gl(?:c|sa)_[A-Za-z0-9_=]{32,255}|lin_(?:api|oauth)_[A-Za-z0-9]{40}|AGE-SECRET-KEY-1[02-9A-Z]{50,64}',
  'eyJ[A-Za-z0-9_-]{8,4000}\\.eyJ[A-Za-z0-9_-]{8,8000}\\.[A-Za-z0-9_-]{22,4000}',
].join('|')
const anyToken = new RegExp(`(?<![A-Za-z0-9_-])(?:${tokenShapes})(?![A-Za-z0-9_-])`, 'g')
const wholeToken = new RegExp(`^(?:${tokenShapes})$`)
const accessKeyId = /(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])/g
const secretName =
  /secret|token|(?:api|access|private|client|signing|master)[-_]?key|auth|credential|pass(?:w|$|phrase)|pwd|dsn|bearer|(?:^|[-_])key(?:[-_]data)?$|_key_base$/i
const harmlessName =
  /public|[-_]ids?$|ur[il]$|path$|file$|sock(?:et)?$|type$|name$|helper$|ttl|expir|endpoint|timeout|algo|method|scopes?$|certificate-authority|length|count|limit|^npm_(?:config|package)/i
const chosenByPeople = /pass(?:w|$|phrase)|pwd|login/i
const placeholder = /^(?:\$[{(]|<|\{\{|%[A-Za-z])|^(?:true|false|null|none|changeme|x+|\*+)$/i

/** Whether a machine made this, with at least 128 bits (122 in a version 4 UUID). When in doubt: no. */
export function isMachineMade(value) {
  const distinct = new Set(value.slice(0, 32)).size
  if (/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i.test(value)) return distinct >= 8
  if (/^[0-9a-f]{32,1024}$/i.test(value)) return distinct >= 9 && !/(.{4,})\1/.test(value)
  const head = value.slice(0, 64)
  if (!/^[A-Za-z0-9+/_.~=-]{22,8192}$/.test(value) || !/^(?=.*[a-z])(?=.*[A-Z])(?!.*(.{4,}).*\1)/.test(head))
    return false
  // Random base64 changes class at 64 % of its places; words, even with digits for letters, repeat or run.
  const classes = head.replace(/[a-z]/g, 'a').replace(/[A-Z]/g, 'A').replace(/[0-9]/g, '0')
  const changes = [...classes].filter((kind, at) => at > 0 && kind !== classes[at - 1]).length / (head.length - 1)
  // From 40 characters on, variety alone tells: 32 random bytes show 31 of 64 letters (26 is some three deviations below).
  // By runs alone one real token in thirty was taken for words.
  if (head.length >= 40 && new Set(head.slice(0, 43)).size >= 26 && changes >= 0.3) return !/a{15}|A{15}/.test(classes)
  return changes >= 0.4 && /^(?!.*(?:a{8}|A{8}|0{8})).*0/.test(classes) && distinct >= 0.55 * Math.min(32, value.length)
}

const hashed = (text) => ({ sha256: `sha256:${createHash('sha256').update(text, 'utf8').digest('hex')}` })
/** Base64, in either alphabet. */
const decoded = (text) => Buffer.from(text, 'base64').toString('utf8')
const clean = (text) => text.replace(anyToken, '[secret]')
/** A key's name is reported, so it must itself be no secret: of the usual words, or as environment variables are. */
const tellableName =
  /^(?:[A-Z][A-Z0-9]{0,15}(?:_[A-Z0-9]{1,16}){1,7}|(?:aws_|client_|oauth_|access_|refresh_|id_|private_|api_|secret_){0,2}(?:key|token|secret|password|auth|access_key_id|access_key)|_auth(?:Token)?|_password|identitytoken|url)$/
const nameOf = (name, value) => (tellableName.test(name) && !name.includes(value) ? { name } : {})
const isToken = (text) => wholeToken.test(text) && (!text.startsWith('sk-') || isMachineMade(text.slice(3)))

/** What may be said of one value under one name; undefined when it is no secret. */
function describe(name, value, awsKey) {
  const found = nameOf(name, value)
  if (value === '' || placeholder.test(value)) return undefined
  const pem = /PRIVATE KEY-----(.+?)-----END/s.exec(value)?.[1]
  if (pem !== undefined) return { ...found, ...hashed(pem.replace(/\\n|\s/g, '')) }
  if (value.match(accessKeyId)?.[0] === value) return { ...found, accessKeyId: value }
  if (isToken(value)) return { ...found, ...tokenOf(value) }
  const inUrl = /^[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:([^\s@]+)@/i.exec(value)?.[1]
  const inBasic = /^_?auth$/i.test(name) ? decoded(value).replace(/^[^:]*:/, '') : undefined
  if ((inUrl ?? inBasic) !== undefined) return { name: 'url', ...found, ...tokenOf(inUrl ?? inBasic) }
  if (!secretName.test(name) || harmlessName.test(name)) return undefined
  const isMade = !chosenByPeople.test(name) && isMachineMade(value)
  if (awsKey && /secret_?access_?key/i.test(name)) return void Object.assign(awsKey, isMade ? hashed(value) : {})
  return isMade ? { ...found, ...hashed(value) } : value.length < 4 ? undefined : found
}

function tokenOf(token) {
  if (!isToken(token)) return {}
  const keyId = /^cdn_([A-Za-z0-9]+)_/.exec(token)?.[1]
  if (keyId !== undefined) return { keyId }
  const claims = token.startsWith('eyJ') ? parse(decoded(token.split('.')[1])) : null
  if (typeof claims !== 'object' || claims === null) return hashed(token)
  // Registered claims (RFC 7519 §4.1) name the token and open nothing. An address is personal and is left out.
  const jwt = { selfContained: true }
  for (const claim of ['iss', 'jti', 'sub']) {
    const text = claims[claim]
    if (typeof text === 'string' && /^[\x21-\x3f\x41-\x7e]{1,256}$/.test(text)) jwt[claim] = clean(text)
  }
  if (Number.isFinite(claims.exp)) jwt.exp = claims.exp
  return { ...hashed(token), jwt }
}

function pairsOf(text) {
  const oneLineKeys = text.replace(/-----BEGIN[\s\S]*?(?:-----END.*|$)/g, (key) => `key=${key.replaceAll('\n', ' ')}\n`)
  return oneLineKeys.split('\n').map((line) => {
    const equals = /^\s*(?:export\s+|-\s+)?["']?([^\s"'=#;]+?)["']?\s*=\s*(.*)$/.exec(line)
    const [, name, value] = equals ?? /^\s*(?:-\s+)?["']?([\w.-]+)["']?\s*:\s+(.*)$/.exec(line) ?? ['', '', line]
    const unquoted = /^(["'])(.*)\1/.exec(value.trim())?.[2] ?? value.trim().replace(/\s+#.*$/, '')
    return name.includes('://') ? ['', line.trim()] : [name.split(/[:/]/).at(-1), unquoted]
  })
}

function leavesOf(value, name = '', depth = 0) {
  if (typeof value === 'string') return [[name, value]]
  if (typeof value !== 'object' || value === null || depth > 16) return []
  return Object.entries(value).flatMap(([key, item]) => leavesOf(item, Array.isArray(value) ? name : key, depth + 1))
}

function secretsIn(text, reading) {
  if (reading === 'key') return pairsOf(text).flatMap(([, value]) => describe('', value) ?? [])
  const pairs = reading === 'whole' ? [['token', text.trim()]] : []
  const json = reading === 'tokens' || !/^\s*[[{]/.test(text) ? undefined : parse(text)
  if (json !== undefined) pairs.push(...leavesOf(json))
  else if (reading === 'pairs') pairs.push(...pairsOf(text))
  if (reading === 'netrc') for (const [, word] of text.matchAll(/\bpassword\s+(\S+)/g)) pairs.push(['password', word])
  for (const [token] of [...text.matchAll(anyToken), ...text.matchAll(accessKeyId)]) pairs.push(['', token])
  const found = new Map()
  let awsKey
  for (const [name, value] of pairs) {
    const secret = describe(name, value, awsKey)
    const identity = secret?.keyId ?? secret?.accessKeyId ?? secret?.sha256 ?? secret?.name
    if (identity !== undefined && !found.has(identity)) found.set(identity, secret)
    if (secret?.accessKeyId !== undefined) awsKey = found.get(identity)
  }
  return [...found.values()]
}

function tryTo(work) {
  try {
    return work()
  } catch {
    return undefined
  }
}
const parse = (text) => tryTo(() => JSON.parse(text))

// ---- The walk.
/** Options and result: cordon-host-report.d.mts; everything has a default. */
export function report(options = {}) {
  const root = fs.realpathSync(options.root ?? '/')
  const isWhole = root === '/'
  const bounds = { ...limits, ...options.limits }
  const [startedAtMs, takenAtMs] = [performance.now(), options.nowMs ?? Date.now()]
  const [packages, credentials, hints, cuts, seenFiles] = [[], [], [], new Map(), new Set()]
  const elapsedMs = () => Math.round(performance.now() - startedAtMs)

  const real = (path) => (isWhole ? path : root + path)
  const cut = (what, path) => {
    const first = cuts.get(what) ?? { what, path: clean(path), count: 0 }
    cuts.set(what, { ...first, count: first.count + 1 })
  }
  const attempt = (path, work) => {
    try {
      return work()
    } catch (error) {
      if (!/^ENO(?:ENT|TDIR)$/.test(error.code)) cut(whyUnread[error.code] ?? 'unreadable', path)
    }
  }
  /** Never through a link that leaves the root: what lies there is not of this host. */
  const inside = (path) => {
    const target = isWhole ? path : fs.realpathSync.native(real(path))
    if (isWhole || target === root || target.startsWith(`${root}/`)) return target
    throw Object.assign(new Error('a link leaves the root'), { code: 'link-leaves-root' })
  }
  const list = (path) => attempt(path, () => fs.readdirSync(inside(path), { withFileTypes: true })) ?? []
  const stat = (path) => attempt(path, () => fs.lstatSync(real(path)))
  /** The earliest that is no artefact of packing (1970, 1985): a recall may be too wide, never too narrow. */
  const since = ({ birthtimeMs, ctimeMs, mtimeMs }) =>
    Math.floor(Math.min(takenAtMs, ...[birthtimeMs, ctimeMs, mtimeMs].filter((ms) => ms > 946_684_800_000)))

  /** Regular files only, never past the bound; a pipe must not hang us. */
  const read = (path, bytesMax = bounds.fileBytesMax) =>
    attempt(path, () => {
      const file = fs.openSync(inside(path), fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0))
      try {
        const stats = fs.fstatSync(file)
        if (!stats.isFile()) return undefined
        if (stats.size > bounds.fileBytesMax) cut('file-size', path)
        const buffer = Buffer.alloc(Math.min(stats.size > 0 ? stats.size : 65_536, bytesMax))
        return { stats, text: buffer.toString('utf8', 0, fs.readSync(file, buffer, 0, buffer.length, 0)) }
      } finally {
        fs.closeSync(file)
      }
    })

  const accessOf = (stats) => {
    const readableBy = stats.mode & 0o004 ? 'everyone' : stats.mode & 0o040 ? 'group' : 'owner'
    const modifiedAtMs = Math.min(takenAtMs, Math.floor(stats.mtimeMs))
    const mode = (stats.mode & 0o7777).toString(8).padStart(4, '0')
    return { mode, uid: stats.uid, readableBy, modifiedAtMs, createdAtMs: since(stats) }
  }
  const addCredential = (kind, path, reading) => {
    const entry = stat(path)
    if (entry === undefined || (!entry.isFile() && !entry.isSymbolicLink())) return
    const target = attempt(path, () => inside(path) && fs.realpathSync.native(real(path))) ?? path
    if (seenFiles.has(target)) return
    seenFiles.add(target)
    const content = reading === 'none!' && entry.isFile() ? { stats: entry, text: '' } : read(path)
    if (content === undefined && !entry.isFile()) return
    const access = accessOf(content?.stats ?? entry)
    const secrets = content === undefined ? [{ unreadable: true }] : secretsIn(content.text, reading.replace('!', ''))
    if (secrets.length === 0 && reading.endsWith('!') && content.stats.size > 0) secrets.push({})
    if (secrets.length > bounds.secretsPerFileMax) cut('secrets-per-file', path)
    for (const secret of secrets.slice(0, bounds.secretsPerFileMax)) {
      if (credentials.length >= bounds.credentialsMax) return cut('credentials', path)
      credentials.push({ kind, path: clean(path), ...access, ...secret })
    }
  }
  const addListed = (base, { kind, reading, path: pattern }) => {
    let paths = [base]
    for (const part of pattern.split('/')) {
      const step = (path) => (part === '*' ? list(path || '/').map(({ name }) => name) : [part])
      paths = paths.flatMap((path) => step(path).map((name) => `${path}/${name}`)).slice(0, 1_000)
    }
    for (const path of paths) addCredential(kind, path, reading)
  }

  const addPackage = (ecosystem, name, version, path, state) => {
    const isNamed = typeof name === 'string' && /^(?:@[^\s/@]+\/)?[^\s/@]{1,214}$/.test(name)
    if (!isNamed || typeof version !== 'string' || !/^[^\s/]{1,256}$/.test(version)) return cut('broken-package', path)
    if (packages.length >= bounds.packagesMax) return cut('packages', path)
    const installedAtMs = since(stat(path) ?? {})
    packages.push({ ecosystem, name: clean(name), version: clean(version), path: clean(path), installedAtMs, state })
  }
  const addNodePackages = (folder, depth) => {
    for (const { name: own } of list(folder).filter((entry) => entry.isDirectory())) {
      const path = `${folder}/${own}`
      if (own.startsWith('@')) addNodePackages(path, depth)
      else if (own === '.pnpm') for (const { name } of list(path)) enqueue(`${path}/${name}/node_modules`, depth + 1)
      if (/^[@.]/.test(own)) continue
      const manifest = read(`${path}/package.json`)
      const { name, version } = parse(manifest?.text ?? '') ?? {}
      if (manifest !== undefined) addPackage('npm', name ?? own, version, path, 'installed')
      if (stat(`${path}/node_modules`)?.isDirectory()) enqueue(`${path}/node_modules`, depth + 1)
    }
  }
  const addPythonPackage = (folder, entry) => {
    const path = `${folder}/${entry.name}`
    const head = (name) => read(`${path}/${name}`, 8_192)
    const inner = entry.isDirectory() ? (head('METADATA') ?? head('PKG-INFO')) : read(path)
    const field = (name) => new RegExp(`^${name}:[ \\t]*(\\S+)`, 'mi').exec(inner?.text ?? '')?.[1]
    const [, name, version] = /^(.+?)-([^-]+?)(?:-py[\d.]+)?\.(?:dist|egg)-info$/.exec(entry.name) ?? []
    const state = /\/uv\/archive-v\d+\/[^/]+$/.test(folder) ? 'cached' : 'installed'
    addPackage('pypi', field('Name') ?? name, field('Version') ?? version, path, state)
  }
  /** Downloaded, perhaps run once: npm's index of archives. */
  let cached = 0
  const archive = /"key":"[^"]*?:\/\/[^/"]+\/(?:[^"]*?\/)??((?:@[^/"]+\/)?([^/"]+))\/-\/\2-([^/"]+)\.tgz"/g
  const addNpmCache = (folder, depth = 0) => {
    for (const entry of depth > 3 ? [] : list(folder)) {
      const path = `${folder}/${entry.name}`
      if (cached++ > bounds.cacheFilesMax || elapsedMs() > bounds.timeMs) return cut('cache', path)
      if (entry.isDirectory()) addNpmCache(path, depth + 1)
      const index = entry.isDirectory() ? '' : (read(path)?.text ?? '')
      for (const [, name, , version] of index.matchAll(archive)) addPackage('npm', name, version, path, 'cached')
    }
  }
  const addHint = (kind, path, more) => {
    const { size: bytes, mtimeMs } = stat(path) ?? {}
    if (bytes !== undefined) hints.push({ kind, path: clean(path), bytes, modifiedAtMs: Math.floor(mtimeMs), ...more })
  }

  const homes = new Set(isWhole ? ['/root', homedir()] : ['/root'])
  for (const [, home] of (read('/etc/passwd')?.text ?? '').matchAll(/^(?:[^:\n]*:){5}(\/[^:\n]+)/gm)) homes.add(home)
  for (const base of ['/home', '/Users']) for (const { name } of list(base)) homes.add(`${base}/${name}`)
  for (const home of homes) if (!notWalked.has(home)) for (const entry of homeFiles) addListed(home, entry)
  for (const entry of systemFiles) addListed('', entry)

  const [queue, queued] = [[], new Set()]
  function enqueue(path, depth) {
    if (queued.has(path) || notWalked.has(path)) return
    if (containers.has(path)) return cut('container-layers', path)
    if (depth > bounds.depthMax) return cut('depth', path)
    if (queued.size >= bounds.foldersMax) return cut('folders', path)
    queued.add(path)
    queue.push([path, depth])
  }
  const visit = (folder, depth, entry) => {
    const path = `${folder === '/' ? '' : folder}/${entry.name}`
    const isSite = /\/(?:site|dist)-packages$/.test(folder)
    if (/\.(?:dist|egg)-info$/.test(entry.name)) addPythonPackage(folder, entry)
    else if (entry.name === '.git' && entry.isDirectory()) addCredential('git', `${path}/config`, 'pairs')
    else if (entry.isDirectory()) {
      if (!isSite && entry.name !== '_cacache') enqueue(path, depth + 1)
    } else if (lockfiles.test(entry.name)) addHint('lockfile', path)
    else if (isSite && entry.name.endsWith('.pth')) {
      addHint('pth', path, { runsCode: /^import[ \t]/m.test(read(path)?.text ?? '') })
    } else if (!isSite) {
      const [, kind, reading] = namedFiles.find(([pattern]) => pattern.test(entry.name)) ?? []
      if (kind !== undefined) addCredential(kind, path, reading)
    }
  }
  const wanted = options.folders ?? [...(isWhole ? [process.cwd()] : []), ...homes, ...firstFolders]
  for (const folder of wanted) if (stat(folder)?.isDirectory()) enqueue(folder, 0)
  let next = 0
  for (; next < queue.length && elapsedMs() < bounds.timeMs; next++) {
    const [folder, depth] = queue[next]
    if (folder.endsWith('/node_modules')) addNodePackages(folder, depth)
    else for (const entry of list(folder)) visit(folder, depth, entry)
  }
  if (next < queue.length) cut('time', queue[next][0])
  else for (const home of homes) addNpmCache(`${home}/.npm/_cacache/index-v5`)

  for (const [name, value] of Object.entries(options.env ?? (isWhole ? process.env : {}))) {
    const access = { mode: null, uid: null, readableBy: 'owner', modifiedAtMs: null, createdAtMs: null }
    for (const secret of secretsIn(`${name}=${value ?? ''}`, 'pairs').slice(0, 1))
      credentials.push({ kind: 'environment', path: `env:${secret.name ?? '[name]'}`, ...access, ...secret })
  }
  const host = identify(options, read('/etc/machine-id')?.text, isWhole)
  const complete = !['time', 'depth', 'folders', 'packages', 'credentials'].some((what) => cuts.has(what))
  const [truncated, tookMs] = [[...cuts.values()], elapsedMs()]
  const head = { version: reporterVersion, host, hardware: isWhole ? readHardware() : undefined, takenAtMs, complete }
  return { ...head, packages, credentials, hints, truncated, tookMs }
}

/**
 * By these an endpoint tool knows the same machine; root alone may read most of them. A container is another host than the
 * machine whose files it sees. An asset tag is told where it is a cloud's id of an instance.
 */
export function readHardware(folder = '/sys/class/dmi/id', marks = ['/.dockerenv', '/run/.containerenv']) {
  if (marks.some((mark) => fs.existsSync(mark)) || process.env.KUBERNETES_SERVICE_HOST !== undefined) return undefined
  const tell = (file) => tryTo(() => fs.readFileSync(`${folder}/${file}`, 'utf8').trim().slice(0, 128))
  const [uuid, serial] = [tell('product_uuid'), tell('product_serial')]
  return { uuid, serial, manufacturer: tell('sys_vendor'), instance: /^i-.*/.exec(tell('board_asset_tag'))?.[0] }
}

/** machine-id(5) must not leave the host as it is; the keyed hash names the host to Cordon alone. */
export function identify(options, machineId, isWhole) {
  const given = options.hostId
  if (!/^[A-Za-z0-9][\w.:-]{0,127}$/.test(given ?? 'none')) throw new Error('a host id is letters, digits and ._:-')
  if (given !== undefined) return { id: given, from: 'given' }
  const hash = (text) => createHmac('sha256', 'cordon host 1').update(text).digest('hex').slice(0, 32)
  if (/^[0-9a-f]{32}\s*$/.test(machineId ?? '')) return { id: hash(machineId.trim()), from: 'machine-id' }
  return { id: hash(isWhole ? hostname() : `${hostname()}:${options.root}`), from: 'hostname' }
}

/** What is sent: the report in parts, each small enough for a line; only the last of a complete report closes edges. */
export function toRecords({ packages, credentials, hints, ...head }) {
  const parts = Math.ceil(Math.max(1, packages.length, credentials.length, hints.length) / limits.rowsPerRecordMax)
  return Array.from({ length: parts }, (_, part) => {
    const rows = (all) => all.slice(part * limits.rowsPerRecordMax, (part + 1) * limits.rowsPerRecordMax)
    const complete = head.complete && part === parts - 1
    const snapshot = { id: `${head.host.id}/${head.takenAtMs}`, part, complete, takenAtMs: head.takenAtMs }
    return { snapshot, rows: { ...head, packages: rows(packages), credentials: rows(credentials), hints: rows(hints) } }
  })
}

// ---- As a command.
const usage = `Lists installed packages and credential files of this host; no secret leaves it.
  node cordon-host-report.mjs [--json] [--root DIR] [--host-id ID] [--seconds N] [--send URL [--token-file FILE]]
--send posts the report to https://CORDON/v1/events/SOURCE with the token of CORDON_INGEST_TOKEN or --token-file.
Example: node cordon-host-report.mjs --json > report.json
`
const flags = { json: { type: 'boolean' }, help: { type: 'boolean' } }
for (const name of ['root', 'host-id', 'seconds', 'send', 'token-file']) flags[name] = { type: 'string' }

async function main() {
  const { values } = parseArgs({ options: flags })
  if (values.help) return usage
  const timeMs = Number(values.seconds ?? limits.timeMs / 1000) * 1000
  const whole = report({ root: values.root, hostId: values['host-id'], limits: { timeMs } })
  if (values.send !== undefined) await send(values.send, values['token-file'], toRecords(whole))
  if (values.json) return `${JSON.stringify(whole)}\n`
  const files = `${new Set(whole.credentials.map(({ path }) => path)).size} credential files`
  return `host ${whole.host.id}: ${whole.packages.length} packages, ${files}${whole.complete ? '' : ', incomplete'}\n`
}

async function send(url, tokenFile, records) {
  const token = (tokenFile === undefined ? process.env.CORDON_INGEST_TOKEN : fs.readFileSync(tokenFile, 'utf8'))?.trim()
  if (!token) throw new Error('no ingest token: set CORDON_INGEST_TOKEN or give --token-file')
  const isLocal = /^http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost)[:/]/.test(url)
  if (!isLocal && !url.startsWith('https://')) throw new Error('the token goes over https only')
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' }
  const body = records.map((record) => `${JSON.stringify(record)}\n`).join('')
  const signal = AbortSignal.timeout(limits.timeMs)
  const answer = await fetch(url, { method: 'POST', headers, body, redirect: 'error', signal })
  if (!answer.ok) throw new Error(`${new URL(url).origin} answered ${answer.status}`)
}

const fail = (error) => {
  process.stderr.write(`cordon-host-report: ${error.message}\n`)
  process.exitCode = error.code?.startsWith('ERR_PARSE_ARGS') ? 64 : 1
}
const command = process.argv[1] === undefined ? '' : pathToFileURL(fs.realpathSync(process.argv[1])).href
if (import.meta.url === command) main().then((output) => process.stdout.write(output), fail)
