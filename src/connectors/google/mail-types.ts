import type { OcsfActivity, TouchVerb } from '#model'

/** What one event of Gmail's log is. `verb`: what was done to the mailbox; absent: nobody did anything to it. */
export type MailType = { name: string; activity: OcsfActivity<'email_activity'>; verb?: TouchVerb }

const other = (name: string, verb?: TouchVerb): MailType => ({ name, activity: 'other', ...(verb && { verb }) })

/**
 * By `event_info.mail_event_type`, since `eventName` is always `delivery` (Google: Reports API, "Gmail Activity Events").
 * Without a type, or of type 0, it is a stage of the delivery.
 */
const types: Readonly<Record<string, MailType>> = {
  0: { name: 'delivery', activity: 'trace' },
  1: { name: 'send', activity: 'send', verb: 'write' },
  2: { name: 'receive', activity: 'receive' },
  3: other('classify as spam or not', 'write'),
  4: { name: 'flag as spam', activity: 'scan' },
  5: other('quarantine'),
  6: other('release from quarantine'),
  7: other('open', 'read'),
  8: other('mark as unread', 'write'),
  9: other('reply', 'write'),
  10: other('forward', 'share'),
  11: other('autoforward', 'share'),
  12: other('move to inbox', 'write'),
  13: other('move to trash', 'delete'),
  14: other('remove from trash', 'write'),
  15: other('click link', 'read'),
  16: other('click link in attachment', 'read'),
  17: other('download attachment', 'read'),
  18: other('save attachment to Drive', 'read'),
  19: other('save Drive item', 'read'),
  20: other('apply label', 'write'),
  21: other('change label', 'write'),
  22: other('remove label', 'write'),
  23: other('apply label to attachments', 'write'),
  24: other('change label of attachments', 'write'),
  25: other('remove label of attachments', 'write'),
  26: other('archive', 'write'),
  27: other('delete for good', 'delete'),
  28: other('preview attachment', 'read'),
  29: other('save draft', 'write'),
  30: other('bounce'),
  31: other('view', 'read'),
  32: other('download message', 'read'),
  33: other('read by an app', 'read'),
  34: other('limit the rate of receiving'),
  35: { name: 'begin to send', activity: 'send', verb: 'write' },
}

export const mailTypeOf = (number: string | undefined): MailType | undefined => types[number ?? '0']
/** From here on it is people and apps who act; below, mail comes and goes by the million. */
export const firstActOnMail = 3
