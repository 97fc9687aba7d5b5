import assert from 'node:assert/strict'
import { test } from 'node:test'

import { duration, exactTime, shownTime, utc, zoneWords } from './time.ts'

const at = (text: string): number => Date.parse(text)

test('a time is hh:mm today, and bears its date and zone on any other day', () => {
  const now = at('2026-11-27T02:10:00Z')
  assert.equal(shownTime(at('2026-11-27T03:14:00Z'), now, 'UTC'), '03:14')
  assert.equal(shownTime(at('2026-11-28T03:14:00Z'), now, 'UTC'), '28 Nov, 03:14 UTC')
  assert.equal(shownTime(at('2025-11-27T03:14:00Z'), now, 'UTC'), '27 Nov 2025, 03:14 UTC')
})

test('today is the day of whoever looks', () => {
  const now = at('2026-11-26T23:30:00Z')
  const soon = at('2026-11-27T00:30:00Z')
  assert.equal(shownTime(soon, now, 'Europe/Berlin'), '01:30')
  assert.equal(shownTime(soon, now, 'UTC'), '27 Nov, 00:30 UTC')
  assert.equal(shownTime(at('2026-11-25T23:30:00Z'), now, 'Europe/Berlin'), '26 Nov, 00:30 CET')
})

test('midnight is 00:00', () => {
  assert.equal(shownTime(at('2026-11-27T00:00:00Z'), at('2026-11-27T12:00:00Z'), 'UTC'), '00:00')
})

test('evidence is told to the second, and a program reads RFC 3339 in UTC', () => {
  assert.equal(exactTime(at('2026-07-01T10:39:05Z'), 'America/New_York'), '1 Jul 2026, 06:39:05 GMT-4')
  assert.equal(utc(at('2026-07-01T10:39:05Z')), '2026-07-01T10:39:05.000Z')
})

test('the zone is named with how far it is from UTC', () => {
  assert.equal(zoneWords('Asia/Kolkata', at('2026-11-27T00:00:00Z')), 'Asia/Kolkata, GMT+5:30')
  assert.equal(zoneWords('UTC', at('2026-11-27T00:00:00Z')), 'UTC')
})

test('a length of time stands in its largest whole unit', () => {
  assert.equal(duration(999), '0 seconds')
  assert.equal(duration(60_000), '1 minute')
  assert.equal(duration(7_200_000), '2 hours')
  assert.equal(duration(3 * 86_400_000), '3 days')
})
