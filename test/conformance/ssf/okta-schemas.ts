/** What Okta's own description says of tokens it takes and sends, and of a transmitter's metadata and streams. */
export const oktaSchemas = [
  'CaepCredentialChangeEvent',
  'SecurityEventTokenRequestJwtBody',
  'SecurityEventTokenRequestJwtHeader',
  'StreamConfiguration',
  'StreamConfigurationCreateRequest',
  'StreamStatus',
  'WellKnownSSFMetadata',
]
export const oktaSlice = 'lab/twins/ssf/fixtures/okta.json'
