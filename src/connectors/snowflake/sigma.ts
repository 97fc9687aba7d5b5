import type { SigmaSort } from '#sources/contract'

// Columns of the views: https://docs.snowflake.com/en/sql-reference/account-usage

export type View =
  | 'login_history'
  | 'query_history'
  | 'access_history'
  | 'grants'
  | 'data_transfer_history'
  | 'sessions'

/** Which view a row is of, by columns that no other has. */
export function viewOf(row: Readonly<Record<string, unknown>>): View | undefined {
  if ('IS_SUCCESS' in row || 'FIRST_AUTHENTICATION_FACTOR' in row) return 'login_history'
  if ('DIRECT_OBJECTS_ACCESSED' in row || 'BASE_OBJECTS_ACCESSED' in row) return 'access_history'
  if ('QUERY_TEXT' in row || 'QUERY_TYPE' in row) return 'query_history'
  if ('BYTES_TRANSFERRED' in row) return 'data_transfer_history'
  if ('GRANTEE_NAME' in row || 'GRANTED_TO' in row) return 'grants'
  return 'LOGIN_EVENT_ID' in row ? 'sessions' : undefined
}

const columns: Readonly<Record<View, string>> = {
  login_history: `CLIENT_IP CONNECTION ERROR_CODE ERROR_MESSAGE EVENT_ID EVENT_TIMESTAMP EVENT_TYPE FIRST_AUTHENTICATION_FACTOR
    FIRST_AUTHENTICATION_FACTOR_ID IS_SUCCESS LOGIN_DETAILS RELATED_EVENT_ID REPORTED_CLIENT_TYPE
    REPORTED_CLIENT_VERSION SECOND_AUTHENTICATION_FACTOR CLIENT_PRIVATE_LINK_ID READER_ACCOUNT_NAME USER_ID USER_NAME`,
  query_history: `BYTES_DELETED BYTES_SCANNED BYTES_WRITTEN BYTES_WRITTEN_TO_RESULT CLIENT_GENERATED_STATEMENT_ID DATABASE_NAME
    END_TIME ERROR_CODE ERROR_MESSAGE EXECUTION_STATUS IS_CLIENT_GENERATED_STATEMENT OUTBOUND_DATA_TRANSFER_BYTES
    OUTBOUND_DATA_TRANSFER_CLOUD OUTBOUND_DATA_TRANSFER_REGION QUERY_ID QUERY_TAG QUERY_TEXT QUERY_TYPE ROLE_NAME ROLE_TYPE
    ROWS_DELETED ROWS_INSERTED ROWS_PRODUCED ROWS_UNLOADED SCHEMA_NAME SESSION_ID START_TIME TOTAL_ELAPSED_TIME
    USER_NAME USER_TYPE WAREHOUSE_NAME`,
  access_history: `BASE_OBJECTS_ACCESSED.* DIRECT_OBJECTS_ACCESSED.* OBJECTS_MODIFIED.* OBJECT_MODIFIED_BY_DDL.* PARENT_QUERY_ID
    POLICIES_REFERENCED.* QUERY_ID QUERY_START_TIME ROOT_QUERY_ID USER_NAME`,
  grants: `CREATED_ON DELETED_ON GRANTED_BY GRANTED_BY_ROLE_TYPE GRANTED_ON GRANTED_TO GRANTEE_NAME GRANT_OPTION MODIFIED_ON NAME
    OBJECT_INSTANCE PRIVILEGE ROLE TABLE_CATALOG TABLE_SCHEMA`,
  data_transfer_history: `BYTES_TRANSFERRED END_TIME REGION SOURCE_CLOUD SOURCE_REGION START_TIME TARGET_CLOUD TARGET_REGION
    TRANSFER_TYPE`,
  sessions: `AUTHENTICATION_METHOD CLIENT_APPLICATION_ID CLIENT_APPLICATION_VERSION CLIENT_ENVIRONMENT CLIENT_VERSION
    CLOSED_REASON CREATED_ON LOGIN_EVENT_ID SESSION_ID USER_NAME`,
}

export const sorts: readonly SigmaSort[] = Object.entries(columns).map(([service, names]) => ({
  product: 'snowflake',
  category: 'database',
  service,
  fields: names.trim().split(/\s+/),
  holds: (row) => viewOf(row) === service,
}))
