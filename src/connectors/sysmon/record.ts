import { isObject, type Json, type JsonObject } from '#kit'
import { objectAt } from '#sources/contract'

/**
 * One flat object as Sigma rules name its fields, whichever way the event log was written: `{Event: {System, EventData}}`
 * (the XML in JSON), Winlogbeat's `{winlog: {event_id, event_data}}`, or flat already.
 */
export function flatOf(record: JsonObject): JsonObject {
  const event = objectAt(record, 'Event')
  const system = objectAt(event, 'System')
  if (system !== undefined) {
    const held: JsonObject = {
      EventID: textIn(system['EventID']),
      Channel: textIn(system['Channel']),
      Computer: textIn(system['Computer']),
      EventRecordID: textIn(system['EventRecordID']),
      Provider_Name: attributeIn(system['Provider'], 'Name'),
      TimeCreated_SystemTime: attributeIn(system['TimeCreated'], 'SystemTime'),
      Security_UserID: attributeIn(system['Security'], 'UserID'),
    }
    return { ...held, ...objectAt(event, 'EventData') }
  }
  const winlog = objectAt(record, 'winlog')
  if (winlog === undefined) return record
  return {
    EventID: textIn(winlog['event_id']),
    Channel: winlog['channel'] ?? null,
    Computer: winlog['computer_name'] ?? null,
    EventRecordID: textIn(winlog['record_id']),
    Provider_Name: winlog['provider_name'] ?? null,
    TimeCreated_SystemTime: record['@timestamp'] ?? null,
    ...objectAt(winlog, 'event_data'),
  }
}

/** An element with attributes stands as an object with its text beside them; ids are numbers, however written. */
function textIn(value: Json | undefined): Json {
  const text = isObject(value) ? value['#text'] : value
  return typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : (text ?? null)
}

const attributeIn = (value: Json | undefined, name: string): Json =>
  (isObject(value) ? objectAt(value, '#attributes')?.[name] : undefined) ?? null
