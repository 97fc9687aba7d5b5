import assert from 'node:assert/strict'
import { test } from 'node:test'

import { seededInt, seededRandom } from '#kit'

import { parseFilter, passes } from './filter.ts'

const ada = {
  userName: 'bjensen@example.com',
  id: 'scm_a',
  active: true,
  name: { familyName: "O'Malley", givenName: 'Barbara' },
  title: '',
  userType: 'Employee',
  emails: [
    { type: 'work', value: 'bjensen@example.com', primary: true },
    { type: 'home', value: 'babs@jensen.org' },
  ],
  meta: { lastModified: '2011-05-13T04:42:34Z', resourceType: 'User' },
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { department: 'Tours', manager: { value: 'scm_b' } },
}
const isIn = (filter: string): boolean => passes(parseFilter(filter), ada)

test('the filters of RFC 7644, figure 1, and what identity providers ask', () => {
  const yes = [
    'userName Eq "bjensen@example.com"',
    'userName eq "BJENSEN@EXAMPLE.COM"',
    'name.familyName co "O\'Malley"',
    'userName sw "B"',
    'urn:ietf:params:scim:schemas:core:2.0:User:userName sw "b"',
    'meta.lastModified gt "2011-05-13T04:42:33Z"',
    'meta.lastModified ge "2011-05-13T06:42:34+02:00"',
    'meta.lastModified le "2011-05-13T04:42:34Z"',
    'userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")',
    'userType ne "Contractor" and not (emails co "nobody.example")',
    'userType eq "Employee" and emails[type eq "work" and value co "@example.com"]',
    'emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp"]',
    'active eq True',
    'active eq "true"',
    'emails pr and nickName ne "x"',
    'nickName eq null',
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "tours"',
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "scm_b"',
  ]
  const no = [
    'userName eq "bjensen"',
    'title pr',
    'nickName pr',
    'id eq "SCM_A"',
    'emails[type eq "home" and value co "@example.com"]',
    'meta.lastModified lt "2011-05-13T04:42:34Z"',
    'userType eq "Employee" and not (userName sw "b")',
    'active eq false',
    'a eq "1" or b eq "2" and userType eq "Employee"',
  ]
  for (const filter of yes) assert.ok(isIn(filter), filter)
  for (const filter of no) assert.ok(!isIn(filter), filter)
})

test('a quote inside a value is text', () => {
  assert.ok(passes(parseFilter(String.raw`displayName eq "a \"b\" \u00e9"`), { displayName: 'a "b" é' }))
})

test('what is no filter is refused as one, however it is built', () => {
  const broken = [
    '',
    'userName',
    'userName eq',
    'userName xx "a"',
    'userName eq "a',
    'userName eq "a" and',
    '(userName eq "a"',
    'userName eq "a")',
    'emails[type eq "work"',
    'not userName eq "a"',
    'userName eq a',
    '"a" eq userName',
    `${'('.repeat(40)}a pr${')'.repeat(40)}`,
    `a eq "${'x'.repeat(5000)}"`,
  ]
  for (const filter of broken)
    assert.throws(() => parseFilter(filter), { code: 'ERR_SCIM_FILTER' }, filter.slice(0, 60))
  const random = seededRandom(11)
  const words = ['userName', 'eq', '"a"', 'and', 'or', 'not', '(', ')', '[', ']', 'pr', '1', 'true', '.', '"', '\\']
  for (let n = 0; n < 3_000; n++) {
    const text = Array.from({ length: seededInt(random, 12) }, () => words[seededInt(random, words.length)]).join(' ')
    try {
      passes(parseFilter(text), ada)
    } catch (error) {
      assert.ok(error instanceof Error && 'code' in error && error.code === 'ERR_SCIM_FILTER', text)
    }
  }
})
