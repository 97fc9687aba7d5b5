// RSigma (Rust, MIT) as the baseline of bench/sigma.ts: built once from its published crates where cargo is there.
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const manifest = new URL('rsigma/Cargo.toml', import.meta.url).pathname
const target = process.env['CORDON_RSIGMA_TARGET'] ?? join(tmpdir(), 'cordon-rsigma')

/** The runner's path, or why there is none. */
export function buildRsigma(): { path: string } | { why: string } {
  if (spawnSync('cargo', ['--version']).status !== 0) return { why: 'cargo is not installed' }
  console.log('building RSigma (minutes, the first time)')
  const args = [
    'build',
    '--release',
    '--quiet',
    '--ignore-rust-version',
    '--manifest-path',
    manifest,
    '--target-dir',
    target,
  ]
  const { status, stderr } = spawnSync('cargo', args, { encoding: 'utf8' })
  return status === 0
    ? { path: join(target, 'release/rsigma-lanes') }
    : { why: `cargo build failed: ${stderr.slice(-400)}` }
}

/** Parses and matches all events for at least `ms` of processor time, on one thread. */
export function runRsigma(
  path: string,
  rules: string,
  events: string,
  ms: number,
): { rules: number; matches: number; us: number } {
  const { stdout, stderr, status } = spawnSync(path, [rules, events, String(ms), '1'], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`rsigma-lanes failed: ${stderr.slice(-400)}`)
  const [count = 0, matches = 0, us = 0] = stdout.trim().split(' ').map(Number)
  return { rules: count, matches, us }
}
