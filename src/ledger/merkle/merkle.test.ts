import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fromHex, toHex, utf8 } from '#kit'

import {
  appendLeaf,
  consistencyPath,
  decodeFrontier,
  emptyFrontier,
  emptyRoot,
  encodeFrontier,
  inclusionPath,
  isConsistent,
  isIncluded,
  leafHash,
  rootAt,
  rootOf,
  type Subtree,
} from './index.ts'

/**
 * Certificate Transparency reference vectors: rfc6962/rfc6962_test.go and proof/verify_test.go of
 * github.com/transparency-dev/merkle (Apache-2.0), themselves from the first CT log's tests.
 */
const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
const roots = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]
const inclusion: [leaf: number, size: number, path: string[]][] = [
  [1, 1, []],
  [
    1,
    8,
    [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  ],
  [
    6,
    8,
    [
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
  [3, 3, ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125']],
  [
    2,
    5,
    [
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  ],
]
const consistency: [older: number, newer: number, path: string[]][] = [
  [1, 1, []],
  [1, 8, inclusion[1]?.[2] ?? []],
  [
    6,
    8,
    [
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
  [
    2,
    5,
    [
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  ],
  [
    6,
    7,
    [
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
]

function treeOf(entries: readonly Uint8Array[]): { subtree: Subtree; roots: Uint8Array[] } {
  const nodes = new Map<string, Uint8Array>()
  const frontier = emptyFrontier()
  const roots = entries.map((entry) => {
    appendLeaf(frontier, leafHash(entry), ({ level, index, hash }) => nodes.set(`${level}/${index}`, hash))
    return rootOf(frontier)
  })
  const subtree: Subtree = (level, index) => {
    const hash = nodes.get(`${level}/${index}`)
    assert.ok(hash, `subtree ${level}/${index} is finished`)
    return hash
  }
  return { subtree, roots: [emptyRoot(), ...roots] }
}
const reference = treeOf(leaves.map(fromHex))
const rootOfSize = (size: number): Uint8Array => reference.roots[size] ?? assert.fail('size out of range')
const leafOf = (leaf: number): Uint8Array => leafHash(fromHex(leaves[leaf - 1] ?? assert.fail('no such leaf')))
const wrong = fromHex('abacaba000000000000000000000000000000000000000000060061e00123456')

test('hashes are those of the reference: empty tree, empty leaf, leaf', () => {
  assert.equal(toHex(emptyRoot()), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  assert.equal(toHex(leafHash(utf8(''))), roots[0])
  assert.equal(toHex(leafHash(utf8('L123456'))), '395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56')
})

test('roots are those of the reference, appended or computed from subtrees', () => {
  assert.deepEqual(reference.roots.slice(1).map(toHex), roots)
  for (let size = 0; size <= leaves.length; size++) {
    assert.equal(toHex(rootAt(size, reference.subtree)), toHex(rootOfSize(size)))
  }
})

test('inclusion proofs are those of the reference and hold', () => {
  for (const [leaf, size, path] of inclusion) {
    const made = inclusionPath(leaf - 1, size, reference.subtree)
    assert.deepEqual(made.map(toHex), path)
    assert.ok(isIncluded(leaf - 1, size, leafOf(leaf), made, rootOfSize(size)))
  }
})

test('consistency proofs are those of the reference and hold', () => {
  for (const [older, newer, path] of consistency) {
    const made = consistencyPath(older, newer, reference.subtree)
    assert.deepEqual(made.map(toHex), path)
    assert.ok(isConsistent(older, newer, rootOfSize(older), rootOfSize(newer), made))
  }
})

const flip = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes, (byte, at) => (at === 0 ? byte ^ 8 : byte))
const spoilt = (path: readonly Uint8Array[], root: Uint8Array): Uint8Array[][] => [
  [...path, new Uint8Array(0)],
  [...path, root],
  [new Uint8Array(0), ...path],
  [root, ...path],
  ...path.map((_, at) => path.map((hash, index) => (index === at ? flip(hash) : hash))),
  ...(path.length > 0 ? [path.slice(0, -1), path.slice(1)] : []),
  ...(path[0] === undefined ? [] : [[path[0], wrong, ...path.slice(1)]]),
]

test("the reference's corrupt inclusion proofs are refused", () => {
  for (const [leaf, size, hexPath] of inclusion.slice(1)) {
    const index = leaf - 1
    const [path, root, hash] = [hexPath.map(fromHex), rootOfSize(size), leafOf(leaf)]
    const refused = (at: number, of: number, leafAt: Uint8Array, by: readonly Uint8Array[], under: Uint8Array) =>
      assert.equal(isIncluded(at, of, leafAt, by, under), false, `${at} of ${of}`)
    refused(index - 1, size, hash, path, root)
    refused(index + 1, size, hash, path, root)
    refused(index ^ 2, size, hash, path, root)
    refused(index, size * 2, hash, path, root)
    refused(index, Math.floor(size / 2), hash, path, root)
    refused(index, size, utf8('WrongLeaf'), path, root)
    refused(index, size, hash, path, emptyRoot())
    refused(index, size, hash, path, wrong)
    for (const bad of spoilt(path, root)) refused(index, size, hash, bad, root)
  }
})

test("the reference's corrupt consistency proofs are refused", () => {
  for (const [older, newer, hexPath] of consistency.slice(1)) {
    const [path, oldRoot, newRoot] = [hexPath.map(fromHex), rootOfSize(older), rootOfSize(newer)]
    const refused = (a: number, b: number, rootA: Uint8Array, rootB: Uint8Array, by: readonly Uint8Array[]) =>
      assert.equal(isConsistent(a, b, rootA, rootB, by), false, `${a} to ${b}`)
    refused(older - 1, newer, oldRoot, newRoot, path)
    refused(older + 1, newer, oldRoot, newRoot, path)
    refused(older ^ 2, newer, oldRoot, newRoot, path)
    refused(older, newer * 2, oldRoot, newRoot, path)
    refused(older, Math.floor(newer / 2), oldRoot, newRoot, path)
    refused(older, newer, utf8('WrongRoot'), newRoot, path)
    refused(older, newer, oldRoot, utf8('WrongRoot'), path)
    refused(older, newer, newRoot, oldRoot, path)
    refused(older, newer, oldRoot, newRoot, [])
    for (const bad of [...spoilt(path, newRoot), [...path, oldRoot], [oldRoot, ...path]]) {
      refused(older, newer, oldRoot, newRoot, bad)
    }
  }
})

test("the reference's edge cases of consistency", () => {
  const [one, two, some] = [utf8("don't care 1"), utf8("don't care 2"), emptyRoot()]
  const cases: [number, number, Uint8Array, Uint8Array, Uint8Array[], boolean][] = [
    [0, 0, one, two, [], false],
    [1, 1, one, two, [], false],
    [0, 0, one, one, [], true],
    [0, 1, one, two, [], true],
    [1, 1, two, two, [], true],
    [1, 0, one, two, [], false],
    [2, 1, one, two, [], false],
    [1, 2, one, two, [], false],
    [0, 0, some, some, [some], false],
    [0, 1, some, some, [some], false],
    [1, 1, some, some, [some], false],
  ]
  for (const [older, newer, a, b, path, holds] of cases) {
    assert.equal(isConsistent(older, newer, a, b, path), holds, `${older} to ${newer}`)
  }
})

test('every proof of every tree up to 70 leaves holds, and for no other leaf or root', () => {
  const many = treeOf(Array.from({ length: 70 }, (_, i) => utf8(`leaf ${i}`)))
  const root = (size: number): Uint8Array => many.roots[size] ?? assert.fail('size out of range')
  for (let size = 1; size <= 70; size++) {
    for (let index = 0; index < size; index++) {
      const path = inclusionPath(index, size, many.subtree)
      assert.ok(isIncluded(index, size, many.subtree(0, index), path, root(size)))
      assert.equal(isIncluded(index, size, many.subtree(0, (index + 1) % 70), path, root(size)), false)
    }
    for (let older = 1; older < size; older++) {
      const path = consistencyPath(older, size, many.subtree)
      assert.ok(isConsistent(older, size, root(older), root(size), path))
      assert.equal(isConsistent(older, size, root(older - 1), root(size), path), false)
    }
  }
})

test('a frontier survives being stored, and one of another size is refused', () => {
  const frontier = emptyFrontier()
  for (let i = 0; i < 11; i++) appendLeaf(frontier, leafHash(utf8(`leaf ${i}`)))
  const bytes = encodeFrontier(frontier)
  const back = decodeFrontier(11, bytes) ?? assert.fail('decodes')
  assert.equal(toHex(rootOf(back)), toHex(rootOf(frontier)))
  assert.equal(decodeFrontier(12, bytes), undefined)
})
