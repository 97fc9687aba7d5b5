// Generated from the OCSF schema 1.8.0 by `npm run generate:ocsf`; do not edit. See NOTICE beside this file.

export interface AccessAnalysisResult { access_level?: string; access_type?: string; accessors: User[]; additional_restrictions?: AdditionalRestriction[]; condition_keys?: KeyValueObject[]; granted_privileges?: string[] }
export interface Account { is_disabled?: boolean; is_locked?: boolean; is_on_premises_sync_enabled?: boolean; labels?: string[]; name?: string; tags?: KeyValueObject[]; type?: string; type_id?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 16 | 17 | 18 | 19 | 99; uid?: string }
export interface Actor { app_name?: string; app_uid?: string; authorizations?: Authorization[]; idp?: Idp; invoked_by?: string; process?: Process; session?: Session; user?: User }
export interface AdditionalRestriction { policy: Policy; status?: string; status_id?: 0 | 1 | 2 | 3 | 99 }
export interface Advisory { avg_timespan?: Timespan; bulletin?: string; classification?: string; created_time?: number; created_time_dt?: string; desc?: string; install_state?: string; install_state_id?: 0 | 1 | 2 | 3 | 99; is_superseded?: boolean; modified_time?: number; modified_time_dt?: string; os?: Os; product?: Product; references?: string[]; related_cves?: Cve[]; related_cwes?: Cwe[]; size?: number; src_url?: string; title?: string; uid: string }
export interface AffectedCode { end_column?: number; end_line?: number; file: File; owner?: User; remediation?: Remediation; rule?: Rule; start_column?: number; start_line?: number }
export interface AffectedPackage { architecture?: string; cpe_name?: string; epoch?: number; fixed_in_version?: string; hash?: Fingerprint; license?: string; license_url?: string; name: string; package_manager?: string; package_manager_url?: string; path?: string; purl?: string; release?: string; remediation?: Remediation; src_url?: string; type?: string; type_id?: 0 | 1 | 2 | 99; uid?: string; vendor_name?: string; version: string }
export interface Agent { name?: string; policies?: Policy[]; type?: string; type_id?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 99; uid?: string; uid_alt?: string; vendor_name?: string; version?: string }
export interface AiModel { ai_provider: string; name: string; uid?: string; version?: string }
export interface Aircraft { location?: Location; model?: string; name?: string; serial_number?: string; speed?: string; speed_accuracy?: string; track_direction?: string; uid?: string; uid_alt?: string; vertical_speed?: string }
export interface AnalysisTarget { name: string; type?: string }
export interface Analytic { algorithm?: string; category?: string; desc?: string; name?: string; related_analytics?: Analytic[]; state?: string; state_id?: 0 | 1 | 2 | 3 | 99; type?: string; type_id: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 99; uid?: string; version?: string }
export interface Anomaly { observation_parameter: string; observation_type?: string; observations: Observation[]; observed_pattern?: string }
export interface AnomalyAnalysis { analysis_targets: AnalysisTarget[]; anomalies: Anomaly[]; baselines?: Baseline[] }
export interface Api { group?: Group; operation: string; request?: Request; response?: Response; service?: Service; token?: Token; version?: string }
export interface Application { criticality?: string; data?: unknown; desc?: string; group?: Group; hostname?: string; labels?: string[]; name?: string; owner?: User; region?: string; resource_relationship?: Graph; risk_level?: string; risk_level_id?: 0 | 1 | 2 | 3 | 4 | 99; risk_score?: number; sbom?: Sbom; tags?: KeyValueObject[]; type?: string; uid?: string; uid_alt?: string; url?: Url; version?: string }
export interface Assessment { category?: string; desc?: string; meets_criteria: boolean; name?: string; policy?: Policy; uid?: string }
export interface Attack { mitigation?: Mitigation; sub_technique?: SubTechnique; tactic?: Tactic; tactics?: Tactic[]; technique?: Technique; version?: string }
export interface AuthFactor { device?: Device; email_addr?: string; factor_type?: string; factor_type_id: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 99; is_hotp?: boolean; is_totp?: boolean; phone_number?: string; provider?: string; security_questions?: string[] }
export interface AuthenticationToken { created_time?: number; created_time_dt?: string; encryption_details?: EncryptionDetails; expiration_time?: number; expiration_time_dt?: string; is_renewable?: boolean; kerberos_flags?: string; modified_time?: number; modified_time_dt?: string; name?: string; tenant_uid?: string; type?: string; type_id?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 99; uid?: string; zone?: string }
export interface Authorization { decision?: string; policy?: Policy }
export interface AutonomousSystem { name?: string; number?: number }
export interface Baseline { observation_parameter: string; observation_type?: string; observations: Observation[]; observed_pattern?: string }
export interface Campaign { name: string }
export interface Certificate { created_time?: number; created_time_dt?: string; expiration_time?: number; expiration_time_dt?: string; fingerprints?: Fingerprint[]; is_self_signed?: boolean; issuer: string; sans?: San[]; serial_number: string; subject?: string; uid?: string; version?: string }
export interface Check { desc?: string; name?: string; resource?: ResourceDetails; severity?: string; severity_id?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 99; standards?: string[]; status?: string; status_id?: 0 | 1 | 2 | 3 | 99; uid?: string; version?: string }
export interface CisBenchmark { cis_controls?: CisControl[]; desc?: string; name: string }
export interface CisBenchmarkResult { desc?: string; name: string; remediation?: Remediation; rule?: Rule }
export interface CisControl { desc?: string; name: string; version?: string }
export interface CisCsc { control: string; version?: string }
export interface ClassifierDetails { name?: string; type: string; uid?: string }
export interface Cloud { account?: Account; cloud_partition?: string; org?: Organization; project_uid?: string; provider: string; region?: string; zone?: string }
export interface Compliance { assessments?: Assessment[]; category?: string; checks?: Check[]; compliance_references?: KbArticle[]; compliance_standards?: KbArticle[]; control?: string; control_parameters?: KeyValueObject[]; desc?: string; requirements?: string[]; standards?: string[]; status?: string; status_code?: string; status_detail?: string; status_details?: string[]; status_id?: 0 | 1 | 2 | 3 | 99 }
export interface Container { hash?: Fingerprint; image?: Image; labels?: string[]; name?: string; network_driver?: string; orchestrator?: string; pod_uuid?: string; runtime?: string; size?: number; tag?: string; tags?: KeyValueObject[]; uid?: string }
export interface Cve { created_time?: number; created_time_dt?: string; cvss?: Cvss[]; cwe?: Cwe; cwe_uid?: string; cwe_url?: string; desc?: string; epss?: Epss; modified_time?: number; modified_time_dt?: string; product?: Product; references?: string[]; related_cwes?: Cwe[]; title?: string; type?: string; uid: string }
export interface Cvss { base_score: number; depth?: 'Base' | 'Environmental' | 'Temporal'; metrics?: Metric[]; overall_score?: number; severity?: string; src_url?: string; vector_string?: string; vendor_name?: string; version: string }
export interface Cwe { caption?: string; src_url?: string; uid: string }
export interface D3fTactic { name?: string; src_url?: string; uid?: string }
export interface D3fTechnique { name?: string; src_url?: string; uid?: string }
export interface D3fend { d3f_tactic?: D3fTactic; d3f_technique?: D3fTechnique; version?: string }
export interface DataClassification { category?: string; category_id?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 99; classifier_details?: ClassifierDetails; confidentiality?: string; confidentiality_id?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 99; discovery_details?: DiscoveryDetails[]; policy?: Policy; size?: number; src_url?: string; status?: string; status_details?: string[]; status_id?: 0 | 1 | 2 | 3 | 99; total?: number; uid?: string }
export interface DataSecurity { category?: string; category_id?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 99; classifier_details?: ClassifierDetails; confidentiality?: string; confidentiality_id?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 99; data_lifecycle_state?: string; data_lifecycle_state_id?: 0 | 1 | 2 | 3 | 99; detection_pattern?: string; detection_system?: string; detection_system_id?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 99; discovery_details?: DiscoveryDetails[]; pattern_match?: string; policy?: Policy; size?: number; src_url?: string; status?: string; status_details?: string[]; status_id?: 0 | 1 | 2 | 3 | 99; total?: number; uid?: string }
export interface Database { created_time?: number; created_time_dt?: string; data_classification?: DataClassification; data_classifications?: DataClassification[]; desc?: string; embedding_model?: string; groups?: Group[]; modified_time?: number; modified_time_dt?: string; name?: string; size?: number; type?: string; type_id: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 99; uid?: string }
export interface Databucket { agent_list?: Agent[]; cloud_partition?: string; created_time?: number; created_time_dt?: string; criticality?: string; data?: unknown; data_classification?: DataClassification; data_classifications?: DataClassification[]; desc?: string; encryption_details?: EncryptionDetails; file?: File; group?: Group; groups?: Group[]; hostname?: string; ip?: string; is_backed_up?: boolean; is_encrypted?: boolean; is_public?: boolean; labels?: string[]; modified_time?: number; modified_time_dt?: string; name?: string; namespace?: string; owner?: User; region?: string; resource_relationship?: Graph; size?: number; tags?: KeyValueObject[]; type?: string; type_id: 0 | 1 | 2 | 3 | 99; uid?: string; uid_alt?: string; version?: string; zone?: string }
export interface DceRpc { command?: string; command_response?: string; flags: string[]; opnum?: number; rpc_interface: RpcInterface }
export interface Device { agent_list?: Agent[]; autoscale_uid?: string; boot_time?: number; boot_time_dt?: string; boot_uid?: string; container?: Container; created_time?: number; created_time_dt?: string; desc?: string; domain?: string; eid?: string; first_seen_time?: number; first_seen_time_dt?: string; groups?: Group[]; hostname?: string; hw_info?: DeviceHwInfo; hypervisor?: string; iccid?: string; image?: Image; imei?: string; imei_list?: string[]; instance_uid?: string; interface_name?: string; interface_uid?: string; ip?: string; is_backed_up?: boolean; is_compliant?: boolean; is_managed?: boolean; is_mobile_account_active?: boolean; is_personal?: boolean; is_shared?: boolean; is_supervised?: boolean; is_trusted?: boolean; last_seen_time?: number; last_seen_time_dt?: string; location?: Location; mac?: string; mac_vendor?: string; meid?: string; model?: string; modified_time?: number; modified_time_dt?: string; name?: string; namespace_pid?: number; network_interfaces?: NetworkInterface[]; org?: Organization; os?: Os; os_machine_uuid?: string; owner?: User; pool?: Group; region?: string; risk_level?: string; risk_level_id?: 0 | 1 | 2 | 3 | 4 | 99; risk_score?: number; subnet?: string; subnet_uid?: string; type?: string; type_id: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 99; udid?: string; uid?: string; uid_alt?: string; vendor_name?: string; vlan_uid?: string; vpc_uid?: string; zone?: string }
export interface DeviceHwInfo { bios_date?: string; bios_manufacturer?: string; bios_ver?: string; chassis?: string; cpu_architecture?: string; cpu_architecture_id?: 0 | 1 | 2 | 3 | 99; cpu_bits?: number; cpu_cores?: number; cpu_count?: number; cpu_speed?: number; cpu_type?: string; desktop_display?: Display; gpu_count?: number; gpu_info_list?: GpuInfo[]; keyboard_info?: KeyboardInfo; ram_size?: number; serial_number?: string; uuid?: string; vendor_name?: string }
export interface DigitalSignature { algorithm?: string; algorithm_id: 0 | 1 | 2 | 3 | 4 | 99; certificate?: Certificate; created_time?: number; created_time_dt?: string; developer_uid?: string; digest?: Fingerprint; state?: string; state_id?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 99 }
export interface DiscoveryDetails { count?: number; occurrence_details?: OccurrenceDetails; occurrences?: OccurrenceDetails[]; type?: string; value?: string }
export interface Display { color_depth?: number; physical_height?: number; physical_orientation?: number; physical_width?: number; scale_factor?: number }
export interface DnsAnswer { class?: string; flag_ids?: (0 | 1 | 2 | 3 | 4 | 5 | 6 | 99)[]; flags?: string[]; packet_uid?: number; rdata: string; ttl?: number; type?: string }
export interface DnsQuery { class?: string; hostname: string; opcode?: string; opcode_id?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 99; packet_uid?: number; type?: string }
export interface DomainContact { email_addr?: string; location?: Location; name?: string; phone_number?: string; type?: string; type_id: 0 | 1 | 2 | 3 | 4 | 5 | 99; uid?: string }
export interface Edge { data?: unknown; is_directed?: boolean; name?: string; relation?: string; source: string; target: string; uid?: string }
export interface Email { cc?: string[]; cc_mailboxes?: string[]; data_classification?: DataClassification; data_classifications?: DataClassification[]; delivered_to?: string; delivered_to_list?: string[]; files?: File[]; from?: string; from_list?: string[]; from_mailbox?: string; from_mailboxes?: string[]; http_headers?: HttpHeader[]; is_read?: boolean; message_uid?: string; raw_header?: string; reply_to?: string; reply_to_list?: string[]; reply_to_mailboxes?: string[]; return_path?: string; sender?: string; sender_mailbox?: string; size?: number; smtp_from?: string; smtp_to?: string[]; subject?: string; to?: string[]; to_mailboxes?: string[]; uid?: string; urls?: Url[]; x_originating_ip?: string[] }
export interface EmailAuth { dkim?: string; dkim_domain?: string; dkim_signature?: string; dmarc?: string; dmarc_override?: string; dmarc_policy?: string; spf?: string }
export interface EncryptionDetails { algorithm?: string; algorithm_id?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 99; key_length?: number; key_uid?: string; type?: string }
export interface Endpoint { agent_list?: Agent[]; container?: Container; domain?: string; hostname?: string; hw_info?: DeviceHwInfo; instance_uid?: string; interface_name?: string; interface_uid?: string; ip?: string; location?: Location; mac?: string; mac_vendor?: string; name?: string; namespace_pid?: number; os?: Os; owner?: User; pool?: Group; subnet_uid?: string; type?: string; type_id?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 99; uid?: string; vlan_uid?: string; vpc_uid?: string; zone?: string }
export interface EndpointConnection { code?: number; network_endpoint?: NetworkEndpoint }
export interface Enrichment { created_time?: number; created_time_dt?: string; data: unknown; desc?: string; name: string; provider?: string; reputation?: Reputation; short_desc?: string; src_url?: string; type?: string; value: string }
export interface EnvironmentVariable { name: string; value: string }
export interface Epss { created_time?: number; created_time_dt?: string; percentile?: number; score: string; version?: string }
export interface Evidences { actor?: Actor; api?: Api; connection_info?: NetworkConnectionInfo; container?: Container; data?: unknown; database?: Database; databucket?: Databucket; device?: Device; dst_endpoint?: NetworkEndpoint; email?: Email; file?: File; http_request?: HttpRequest; http_response?: HttpResponse; ja4_fingerprint_list?: Ja4Fingerprint[]; job?: Job; name?: string; process?: Process; query?: DnsQuery; reg_key?: RegKey; reg_value?: RegValue; resources?: ResourceDetails[]; script?: Script; src_endpoint?: NetworkEndpoint; tls?: Tls; uid?: string; url?: Url; user?: User; verdict?: string; verdict_id?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 99; win_service?: WinService }
export interface Extension { name?: string; uid?: string; version: string }
export interface Feature { name?: string; uid?: string; version?: string }
export interface File { accessed_time?: number; accessed_time_dt?: string; accessor?: User; attributes?: number; company_name?: string; confidentiality?: string; confidentiality_id?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 99; created_time?: number; created_time_dt?: string; creator?: User; data_classification?: DataClassification; data_classifications?: DataClassification[]; desc?: string; drive_type?: string; drive_type_id?: 0 | 1 | 2 | 3 | 4 | 5 | 99; encryption_details?: EncryptionDetails; ext?: string; hashes?: Fingerprint[]; imported_symbols?: string[]; internal_name?: string; is_deleted?: boolean; is_encrypted?: boolean; is_public?: boolean; is_readonly?: boolean; is_system?: boolean; mime_type?: string; modified_time?: number; modified_time_dt?: string; modifier?: User; name: string; owner?: User; parent_folder?: string; path?: string; product?: Product; security_descriptor?: string; signature?: DigitalSignature; signatures?: DigitalSignature[]; size?: number; storage_class?: string; tags?: KeyValueObject[]; type?: string; type_id: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 99; uid?: string; uri?: string; url?: Url; version?: string; volume?: string; xattributes?: AnyObject }
export interface Finding { created_time?: number; created_time_dt?: string; desc?: string; first_seen_time?: number; first_seen_time_dt?: string; last_seen_time?: number; last_seen_time_dt?: string; modified_time?: number; modified_time_dt?: string; product?: Product; product_uid?: string; related_events?: RelatedEvent[]; remediation?: Remediation; src_url?: string; supporting_data?: unknown; title: string; types?: string[]; uid: string }
export interface FindingInfo { analytic?: Analytic; attack_graph?: Graph; attacks?: Attack[]; created_time?: number; created_time_dt?: string; data_sources?: string[]; desc?: string; first_seen_time?: number; first_seen_time_dt?: string; kill_chain?: KillChainPhase[]; last_seen_time?: number; last_seen_time_dt?: string; modified_time?: number; modified_time_dt?: string; product?: Product; product_uid?: string; related_analytics?: Analytic[]; related_events?: RelatedEvent[]; related_events_count?: number; src_url?: string; tags?: KeyValueObject[]; title?: string; traits?: Trait[]; types?: string[]; uid: string; uid_alt?: string }
export interface Fingerprint { algorithm?: string; algorithm_id: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 16 | 17 | 18 | 19 | 20 | 99; value: string }
export interface FirewallRule { category?: string; condition?: string; desc?: string; duration?: number; match_details?: string[]; match_location?: string; name?: string; rate_limit?: number; sensitivity?: string; type?: string; uid?: string; version?: string }
export interface FunctionInvocation { error?: string; parameters?: Parameter[]; return_value?: string }
export interface GpuInfo { bus_type?: string; bus_type_id?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 99; cores?: number; model?: string; vendor_name?: string; vram_mode?: string; vram_mode_id?: 0 | 1 | 2 | 99; vram_size?: number }
export interface Graph { desc?: string; edges?: Edge[]; is_directed?: boolean; name?: string; nodes: Node[]; query_language?: string; query_language_id?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 99; type?: string; uid?: string }
export interface Group { desc?: string; domain?: string; name?: string; privileges?: string[]; type?: string; uid?: string; uid_alt?: string }
export interface Hassh { algorithm?: string; fingerprint: Fingerprint }
export interface HttpCookie { domain?: string; expiration_time?: number; expiration_time_dt?: string; http_only?: boolean; is_http_only?: boolean; is_secure?: boolean; name: string; path?: string; samesite?: string; secure?: boolean; value: string }
export interface HttpHeader { name: string; value: string }
export interface HttpRequest { args?: string; body_length?: number; http_headers?: HttpHeader[]; http_method?: 'CONNECT' | 'DELETE' | 'GET' | 'HEAD' | 'OPTIONS' | 'PATCH' | 'POST' | 'PUT' | 'TRACE'; length?: number; referrer?: string; uid?: string; url?: Url; user_agent?: string; version?: string; x_forwarded_for?: string[] }
export interface HttpResponse { body_length?: number; code: number; content_type?: string; http_headers?: HttpHeader[]; latency?: number; length?: number; message?: string; status?: string }
export interface IdentityActivityMetrics { first_seen_time?: number; first_seen_time_dt?: string; last_authentication_time?: number; last_authentication_time_dt?: string; last_seen_time?: number; last_seen_time_dt?: string; password_last_used_time?: number; password_last_used_time_dt?: string; programmatic_credentials?: ProgrammaticCredential[] }
export interface Idp { auth_factors?: AuthFactor[]; domain?: string; fingerprint?: Fingerprint; has_mfa?: boolean; issuer?: string; name?: string; protocol_name?: string; scim?: Scim; sso?: Sso; state?: string; state_id?: 0 | 1 | 2 | 3 | 4 | 99; tenant_uid?: string; uid?: string; url_string?: string }
export interface Image { labels?: string[]; name?: string; path?: string; tag?: string; tags?: KeyValueObject[]; uid: string }
export interface Ja4Fingerprint { section_a?: string; section_b?: string; section_c?: string; section_d?: string; type?: string; type_id: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 99; value: string }
export interface Job { cmd_line?: string; created_time?: number; created_time_dt?: string; desc?: string; file?: File; last_run_time?: number; last_run_time_dt?: string; name: string; next_run_time?: number; next_run_time_dt?: string; run_state?: string; run_state_id?: 0 | 1 | 2 | 3 | 4 | 99; user?: User }
export interface KbArticle { avg_timespan?: Timespan; bulletin?: string; classification?: string; created_time?: number; created_time_dt?: string; install_state?: string; install_state_id?: 0 | 1 | 2 | 3 | 99; is_superseded?: boolean; os?: Os; product?: Product; severity?: string; size?: number; src_url?: string; title?: string; uid?: string }
export interface Kernel { is_system?: boolean; name: string; path?: string; system_call?: string; type?: string; type_id: 0 | 1 | 2 | 99 }
export interface KernelDriver { file: File }
export interface KeyValueObject { name: string; value?: string; values?: string[] }
export interface KeyboardInfo { function_keys?: number; ime?: string; keyboard_layout?: string; keyboard_subtype?: number; keyboard_type?: string }
export interface KillChainPhase { phase?: string; phase_id: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 99 }
export interface LdapPerson { cost_center?: string; created_time?: number; created_time_dt?: string; deleted_time?: number; deleted_time_dt?: string; department?: string; display_name?: string; email_addrs?: string[]; employee_uid?: string; given_name?: string; hire_time?: number; hire_time_dt?: string; job_title?: string; labels?: string[]; last_login_time?: number; last_login_time_dt?: string; ldap_cn?: string; ldap_dn?: string; leave_time?: number; leave_time_dt?: string; location?: Location; manager?: User; modified_time?: number; modified_time_dt?: string; office_location?: string; phone_number?: string; surname?: string; tags?: KeyValueObject[] }
export interface LoadBalancer { classification?: string; code?: number; dst_endpoint?: NetworkEndpoint; endpoint_connections?: EndpointConnection[]; error_message?: string; ip?: string; message?: string; metrics?: Metric[]; name?: string; status_detail?: string; uid?: string }
export interface Location { aerial_height?: string; city?: string; continent?: string; coordinates?: number[]; country?: string; desc?: string; geodetic_altitude?: string; geodetic_vertical_accuracy?: string; geohash?: string; horizontal_accuracy?: string; is_on_premises?: boolean; isp?: string; lat?: number; long?: number; postal_code?: string; pressure_altitude?: string; provider?: string; region?: string }
export interface Logger { device?: Device; event_uid?: string; is_truncated?: boolean; log_format?: string; log_level?: string; log_name?: string; log_provider?: string; log_version?: string; logged_time?: number; logged_time_dt?: string; name?: string; product?: Product; transmit_time?: number; transmit_time_dt?: string; uid?: string; untruncated_size?: number; version?: string }
export interface LongString { is_truncated?: boolean; untruncated_size?: number; value: string }
export interface Malware { classification_ids: (0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 13 | 14 | 15 | 16 | 17 | 18 | 19 | 20 | 21 | 22 | 99)[]; classifications?: string[]; cves?: Cve[]; files?: File[]; name?: string; num_infected?: number; path?: string; provider?: string; severity?: string; severity_id?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 99; uid?: string }
export interface MalwareScanInfo { end_time?: number; end_time_dt?: string; name?: string; num_files?: number; num_infected?: number; num_volumes?: number; size?: number; start_time?: number; start_time_dt?: string; type?: string; type_id: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 99; uid?: string; unique_malware_count?: number }
export interface ManagedEntity { data?: unknown; device?: Device; email?: Email; group?: Group; location?: Location; name?: string; org?: Organization; policy?: Policy; type?: string; type_id?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 99; uid?: string; user?: User; version?: string }
export interface MessageContext { ai_role?: string; ai_role_id?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 99; application?: Application; completion_tokens?: number; name?: string; prompt_tokens?: number; service?: Service; total_tokens?: number; uid?: string }
export interface Metadata { correlation_uid?: string; data_classification?: DataClassification; data_classifications?: DataClassification[]; debug?: string[]; event_code?: string; extension?: Extension; extensions?: Extension[]; is_truncated?: boolean; labels?: string[]; log_format?: string; log_level?: string; log_name?: string; log_provider?: string; log_source?: string; log_version?: string; logged_time?: number; logged_time_dt?: string; loggers?: Logger[]; modified_time?: number; modified_time_dt?: string; original_event_uid?: string; original_time?: string; processed_time?: number; processed_time_dt?: string; product: Product; profiles?: string[]; reporter?: Reporter; sequence?: number; source?: string; tags?: KeyValueObject[]; tenant_uid?: string; total_queued_duration?: Timespan; transformation_info_list?: TransformationInfo[]; transmit_time?: number; transmit_time_dt?: string; type?: string; uid?: string; untruncated_size?: number; version: string }
export interface Metric { name: string; value: string }
export interface Mitigation { countermeasures?: D3fend[]; name?: string; src_url?: string; uid?: string }
export interface Module { base_address?: string; file?: File; function_invocation?: FunctionInvocation; function_name?: string; load_type?: string; load_type_id?: 0 | 1 | 2 | 3 | 4 | 5 | 99; start_address?: string; type?: string }
export interface NetworkConnectionInfo { boundary?: string; boundary_id?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 99; community_uid?: string; direction?: string; direction_id: 0 | 1 | 2 | 3 | 4 | 99; flag_history?: string; protocol_name?: string; protocol_num?: number; protocol_ver?: string; protocol_ver_id?: 0 | 4 | 6 | 99; session?: Session; tcp_flags?: number; uid?: string }
export interface NetworkEndpoint { agent_list?: Agent[]; autonomous_system?: AutonomousSystem; container?: Container; domain?: string; fingerprints?: Fingerprint[]; hostname?: string; hw_info?: DeviceHwInfo; instance_uid?: string; interface_name?: string; interface_uid?: string; intermediate_ips?: string[]; ip?: string; isp?: string; isp_org?: string; location?: Location; mac?: string; mac_vendor?: string; name?: string; namespace_pid?: number; network_scope?: string; network_scope_id?: 0 | 1 | 2 | 99; os?: Os; owner?: User; pool?: Group; port?: number; proxy_endpoint?: NetworkProxy; subnet_uid?: string; svc_name?: string; type?: string; type_id?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 99; uid?: string; vlan_uid?: string; vpc_uid?: string; zone?: string }
export interface NetworkInterface { hostname?: string; ip?: string; mac?: string; name?: string; namespace?: string; open_ports?: PortInfo[]; subnet_prefix?: number; type?: string; type_id?: 0 | 1 | 2 | 3 | 4 | 99; uid?: string }
export interface NetworkProxy { agent_list?: Agent[]; autonomous_system?: AutonomousSystem; container?: Container; domain?: string; fingerprints?: Fingerprint[]; hostname?: string; hw_info?: DeviceHwInfo; instance_uid?: string; interface_name?: string; interface_uid?: string; intermediate_ips?: string[]; ip?: string; isp?: string; isp_org?: string; location?: Location; mac?: string; mac_vendor?: string; name?: string; namespace_pid?: number; network_scope?: string; network_scope_id?: 0 | 1 | 2 | 99; os?: Os; owner?: User; pool?: Group; port?: number; proxy_endpoint?: NetworkProxy; subnet_uid?: string; svc_name?: string; type?: string; type_id?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 99; uid?: string; vlan_uid?: string; vpc_uid?: string; zone?: string }
export interface NetworkTraffic { bytes?: number; bytes_in?: number; bytes_missed?: number; bytes_out?: number; chunks?: number; chunks_in?: number; chunks_out?: number; end_time?: number; end_time_dt?: string; packets?: number; packets_in?: number; packets_out?: number; start_time?: number; start_time_dt?: string; timespan?: Timespan }
export interface Node { data?: unknown; desc?: string; name?: string; type?: string; uid: string }
export interface AnyObject { [attribute: string]: unknown }
export interface Observable { event_uid?: string; name?: string; reputation?: Reputation; type?: string; type_id: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 16 | 17 | 18 | 19 | 20 | 21 | 22 | 23 | 24 | 25 | 26 | 27 | 28 | 29 | 30 | 31 | 32 | 33 | 34 | 35 | 36 | 37 | 38 | 39 | 40 | 41 | 42 | 43 | 44 | 45 | 46 | 47 | 48 | 99; type_uid?: number; value?: string }
export interface Observation { count?: number; timespan?: Timespan; value: string }
export interface OccurrenceDetails { cell_name?: string; column_name?: string; column_number?: number; end_line?: number; json_path?: string; page_number?: number; record_index_in_array?: number; row_number?: number; start_line?: number }
export interface Organization { name?: string; ou_name?: string; ou_uid?: string; uid?: string }
export interface Os { build?: string; country?: string; cpe_name?: string; cpu_bits?: number; edition?: string; kernel_release?: string; lang?: string; name: string; sp_name?: string; sp_ver?: number; type?: string; type_id: 0 | 99 | 100 | 101 | 200 | 201 | 300 | 301 | 302 | 400 | 401 | 402; version?: string }
export interface Osint { answers?: DnsAnswer[]; attacks?: Attack[]; autonomous_system?: AutonomousSystem; campaign?: Campaign; category?: string; comment?: string; confidence?: string; confidence_id?: 0 | 1 | 2 | 3 | 99; created_time?: number; created_time_dt?: string; creator?: User; desc?: string; detection_pattern?: string; detection_pattern_type?: string; detection_pattern_type_id?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 99; email?: Email; email_auth?: EmailAuth; expiration_time?: number; expiration_time_dt?: string; external_uid?: string; file?: File; intrusion_sets?: string[]; kill_chain?: KillChainPhase[]; labels?: string[]; location?: Location; malware?: Malware[]; modified_time?: number; modified_time_dt?: string; name?: string; references?: string[]; related_analytics?: Analytic[]; reputation?: Reputation; risk_score?: number; script?: Script; severity?: string; severity_id?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 99; signatures?: DigitalSignature[]; src_url?: string; subdomains?: string[]; subnet?: string; threat_actor?: ThreatActor; tlp?: 'AMBER' | 'AMBER STRICT' | 'CLEAR' | 'GREEN' | 'RED' | 'WHITE'; type?: string; type_id: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 99; uid?: string; uploaded_time?: number; uploaded_time_dt?: string; value: string; vendor_name?: string; vulnerabilities?: Vulnerability[]; whois?: Whois }
export interface Package { architecture?: string; cpe_name?: string; epoch?: number; hash?: Fingerprint; license?: string; license_url?: string; name: string; package_manager?: string; package_manager_url?: string; purl?: string; release?: string; src_url?: string; type?: string; type_id?: 0 | 1 | 2 | 99; uid?: string; vendor_name?: string; version: string }
export interface Packet { encoding?: string; encoding_id?: 0 | 1 | 2 | 3 | 99; end_offset?: number; format?: string; format_id?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 99; sequence_number?: number; source?: string; source_id?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 99; start_offset?: number; value: string }
export interface Parameter { name?: string; post_value?: string; pre_value?: string }
export interface PeripheralDevice { class?: string; model?: string; name: string; serial_number?: string; type?: string; type_id?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 99; uid?: string; vendor_id_list?: string[]; vendor_name?: string }
export interface PermissionAnalysisResult { analyzed_privileges_count?: number; condition_keys?: KeyValueObject[]; granted_privileges?: string[]; policy?: Policy; service_privilege_analysis_list?: ServicePrivilegeAnalysis[]; total_potential_attacks_count?: number; unused_privileges_count?: number; unused_services_count?: number }
export interface Policy { data?: unknown; desc?: string; group?: Group; is_applied?: boolean; name?: string; type?: string; uid?: string; version?: string }
export interface PortInfo { port: number; protocol_name?: string; protocol_num?: number }
export interface PrivilegeAttackInfo { attack: Attack; privilege_info_list: PrivilegeInfo[] }
export interface PrivilegeInfo { is_unused?: boolean; last_used_time?: number; last_used_time_dt?: string; name: string; type?: string; type_id?: 0 | 1 | 2 | 3 | 99 }
export interface Process { ancestry?: ProcessEntity[]; auid?: number; cmd_line?: string; container?: Container; cpid?: string; created_time?: number; created_time_dt?: string; egid?: number; environment_variables?: EnvironmentVariable[]; euid?: number; file?: File; group?: Group; hosted_services?: WinService[]; integrity?: string; integrity_id?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 99; lineage?: string[]; loaded_modules?: string[]; name?: string; namespace_pid?: number; parent_process?: Process; path?: string; pid?: number; ptid?: number; sandbox?: string; session?: Session; terminated_time?: number; terminated_time_dt?: string; tid?: number; uid?: string; user?: User; working_directory?: string; xattributes?: AnyObject }
export interface ProcessEntity { cmd_line?: string; cpid?: string; created_time?: number; created_time_dt?: string; name?: string; path?: string; pid?: number; uid?: string }
export interface Product { cpe_name?: string; data_classification?: DataClassification; data_classifications?: DataClassification[]; feature?: Feature; lang?: string; name?: string; path?: string; uid?: string; url_string?: string; vendor_name?: string; version?: string }
export interface ProgrammaticCredential { last_used_time?: number; last_used_time_dt?: string; type?: string; uid: string }
export interface QueryEvidence { connection_info?: NetworkConnectionInfo; file?: File; folder?: File; group?: Group; job?: Job; kernel?: Kernel; module?: Module; network_interfaces?: NetworkInterface[]; peripheral_device?: PeripheralDevice; process?: Process; query_type?: string; query_type_id: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 16 | 17 | 18 | 99; reg_key?: RegKey; reg_value?: RegValue; service?: Service; session?: Session; startup_item?: StartupItem; state?: string; tcp_state_id?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11; user?: User; users?: User[] }
export interface QueryInfo { bytes?: number; data?: unknown; name?: string; query_string: string; query_time?: number; query_time_dt?: string; uid?: string }
export interface RegKey { is_system?: boolean; modified_time?: number; modified_time_dt?: string; path: string; security_descriptor?: string }
export interface RegValue { data?: unknown; is_default?: boolean; is_system?: boolean; modified_time?: number; modified_time_dt?: string; name: string; path: string; reg_binary_data?: string; reg_integer_data?: number; reg_string_data?: string; reg_string_list_data?: string[]; type?: string; type_id?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 99 }
export interface RelatedEvent { attacks?: Attack[]; count?: number; created_time?: number; created_time_dt?: string; desc?: string; first_seen_time?: number; first_seen_time_dt?: string; kill_chain?: KillChainPhase[]; last_seen_time?: number; last_seen_time_dt?: string; modified_time?: number; modified_time_dt?: string; observables?: Observable[]; product?: Product; product_uid?: string; severity?: string; severity_id?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 99; status?: string; tags?: KeyValueObject[]; title?: string; traits?: Trait[]; type?: string; type_name?: string; type_uid?: number; uid: string }
export interface Remediation { cis_controls?: CisControl[]; desc: string; kb_article_list?: KbArticle[]; kb_articles?: string[]; references?: string[] }
export interface Reporter { hostname?: string; ip?: string; name?: string; org?: Organization; uid?: string }
export interface Reputation { base_score: number; provider?: string; score?: string; score_id: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 99 }
export interface Request { containers?: Container[]; data?: unknown; flags?: string[]; uid: string }
export interface ResourceDetails { agent_list?: Agent[]; cloud_partition?: string; created_time?: number; created_time_dt?: string; criticality?: string; data?: unknown; data_classification?: DataClassification; data_classifications?: DataClassification[]; group?: Group; hostname?: string; ip?: string; is_backed_up?: boolean; labels?: string[]; modified_time?: number; modified_time_dt?: string; name?: string; namespace?: string; owner?: User; provider?: string; region?: string; resource_relationship?: Graph; role?: string; role_id?: 0 | 1 | 2 | 3 | 4 | 99; tags?: KeyValueObject[]; type?: string; uid?: string; uid_alt?: string; version?: string; zone?: string }
export interface Response { code?: number; containers?: Container[]; data?: unknown; error?: string; error_message?: string; flags?: string[]; message?: string }
export interface RpcInterface { ack_reason?: number; ack_result?: number; uuid: string; version: string }
export interface Rule { category?: string; desc?: string; name?: string; type?: string; uid?: string; version?: string }
export interface San { name: string; type: string }
export interface Sbom { created_time?: number; created_time_dt?: string; package: Package; product?: Product; software_components: SoftwareComponent[]; type?: string; type_id?: 0 | 1 | 2 | 3 | 99; uid?: string; version?: string }
export interface Scan { name?: string; type?: string; type_id: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 99; uid?: string }
export interface Scim { auth_protocol?: string; auth_protocol_id?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 99; created_time?: number; created_time_dt?: string; error_message?: string; is_group_provisioning_enabled?: boolean; is_user_provisioning_enabled?: boolean; last_run_time?: number; last_run_time_dt?: string; modified_time?: number; modified_time_dt?: string; name?: string; protocol_name?: string; rate_limit?: number; scim_group_schema?: unknown; scim_user_schema?: unknown; state?: string; state_id?: 0 | 1 | 2 | 3 | 4 | 99; uid?: string; uid_alt?: string; url_string?: string; vendor_name?: string; version?: string }
export interface Script { file?: File; hashes?: Fingerprint[]; name?: string; parent_uid?: string; script_content: LongString; type?: string; type_id: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 99; uid?: string }
export interface SecurityState { state?: string; state_id?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 16 | 17 | 18 | 19 | 20 | 21 | 22 | 23 | 99 }
export interface Service { labels?: string[]; name?: string; tags?: KeyValueObject[]; uid?: string; version?: string }
export interface ServicePrivilegeAnalysis { all_privileges_unused?: boolean; analyzed_privileges_count?: number; execute_count?: number; last_used_time?: number; last_used_time_dt?: string; name: string; privilege_attack_info_list?: PrivilegeAttackInfo[]; read_count?: number; unused_privileges_count?: number; write_count?: number }
export interface Session { count?: number; created_time?: number; created_time_dt?: string; credential_uid?: string; expiration_reason?: string; expiration_time?: number; expiration_time_dt?: string; is_mfa?: boolean; is_remote?: boolean; is_vpn?: boolean; issuer?: string; terminal?: string; uid?: string; uid_alt?: string; uuid?: string }
export interface SoftwareComponent { author?: string; hash?: Fingerprint; license?: string; name: string; purl?: string; related_component?: string; relationship?: string; relationship_id?: 0 | 1 | 99; type?: string; type_id?: 0 | 1 | 2 | 3 | 99; version: string }
export interface Span { duration?: number; end_time: number; end_time_dt?: string; message?: string; operation?: string; parent_uid?: string; service?: Service; start_time: number; start_time_dt?: string; status_code?: string; uid: string }
export interface Sso { auth_protocol?: string; auth_protocol_id?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 99; certificate?: Certificate; created_time?: number; created_time_dt?: string; duration_mins?: number; idle_timeout?: number; login_endpoint?: string; logout_endpoint?: string; metadata_endpoint?: string; modified_time?: number; modified_time_dt?: string; name?: string; protocol_name?: string; scopes?: string[]; uid?: string; vendor_name?: string }
export interface StartupItem { driver?: KernelDriver; job?: Job; name: string; process?: Process; run_mode_ids?: (0 | 1 | 2 | 3 | 99)[]; run_modes?: string[]; run_state?: string; run_state_id?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 99; start_type?: string; start_type_id: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 99; type?: string; type_id?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 99; win_service?: WinService }
export interface SubTechnique { name?: string; src_url?: string; uid?: string }
export interface Table { created_time?: number; created_time_dt?: string; desc?: string; groups?: Group[]; modified_time?: number; modified_time_dt?: string; name?: string; size?: number; uid?: string }
export interface Tactic { name?: string; src_url?: string; uid?: string }
export interface Technique { name?: string; src_url?: string; uid?: string }
export interface ThreatActor { name: string; type?: string; type_id?: 0 | 1 | 2 | 3 | 4 | 99 }
export interface Ticket { src_url?: string; status?: string; status_details?: string[]; status_id?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 99; title?: string; type?: string; type_id?: 0 | 1 | 2 | 99; uid?: string }
export interface Timespan { duration?: number; duration_days?: number; duration_hours?: number; duration_mins?: number; duration_months?: number; duration_secs?: number; duration_weeks?: number; duration_years?: number; end_time?: number; end_time_dt?: string; start_time?: number; start_time_dt?: string; type?: string; type_id?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 99 }
export interface Tls { alert?: number; certificate?: Certificate; certificate_chain?: string[]; cipher?: string; client_ciphers?: string[]; extension_list?: TlsExtension[]; handshake_dur?: number; ja3_hash?: Fingerprint; ja3s_hash?: Fingerprint; key_length?: number; sans?: San[]; server_ciphers?: string[]; sni?: string; tls_extension_list?: TlsExtension[]; version: string }
export interface TlsExtension { data?: unknown; type?: string; type_id: 0 | 1 | 5 | 10 | 13 | 14 | 15 | 16 | 18 | 19 | 20 | 21 | 41 | 42 | 43 | 44 | 45 | 47 | 48 | 49 | 50 | 51 | 99 }
export interface Token { created_time?: number; created_time_dt?: string; expiration_time?: number; expiration_time_dt?: string; is_renewable?: boolean; modified_time?: number; modified_time_dt?: string; name?: string; tenant_uid?: string; type?: string; type_id?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 99; uid?: string; zone?: string }
export interface Trace { duration?: number; end_time?: number; end_time_dt?: string; flags?: string[]; service?: Service; span?: Span; start_time?: number; start_time_dt?: string; uid: string }
export interface Trait { category?: string; name?: string; type?: string; uid?: string; values?: string[] }
export interface TransformationInfo { lang?: string; name?: string; product?: Product; time?: number; time_dt?: string; uid?: string; url_string?: string }
export interface UnmannedAerialSystem { hw_info?: DeviceHwInfo; location?: Location; model?: string; name?: string; serial_number?: string; speed?: string; speed_accuracy?: string; track_direction?: string; type?: string; type_id?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 99; uid?: string; uid_alt?: string; uuid?: string; vertical_speed?: string }
export interface UnmannedSystemOperatingArea { aerial_height?: string; altitude_ceiling?: string; altitude_floor?: string; city?: string; continent?: string; coordinates?: number[]; count?: number; country?: string; desc?: string; end_time?: number; end_time_dt?: string; geodetic_altitude?: string; geodetic_vertical_accuracy?: string; geohash?: string; horizontal_accuracy?: string; is_on_premises?: boolean; isp?: string; lat?: number; locations?: Location[]; long?: number; postal_code?: string; pressure_altitude?: string; provider?: string; radius?: string; region?: string; start_time?: number; start_time_dt?: string; type?: string; type_id?: 0 | 1 | 2 | 3 | 99 }
export interface Url { categories?: string[]; category_ids?: (0 | 1 | 3 | 4 | 5 | 6 | 7 | 9 | 11 | 14 | 15 | 16 | 17 | 18 | 20 | 21 | 22 | 23 | 24 | 25 | 26 | 27 | 29 | 30 | 31 | 32 | 33 | 34 | 35 | 36 | 37 | 38 | 40 | 43 | 44 | 45 | 46 | 47 | 49 | 50 | 51 | 52 | 53 | 54 | 55 | 56 | 57 | 58 | 59 | 60 | 61 | 63 | 64 | 65 | 66 | 67 | 68 | 71 | 83 | 84 | 85 | 86 | 87 | 88 | 89 | 90 | 92 | 93 | 95 | 96 | 97 | 98 | 99 | 101 | 102 | 103 | 106 | 107 | 108 | 109 | 110 | 111 | 112 | 113 | 114 | 118 | 121)[]; domain?: string; hostname?: string; path?: string; port?: number; query_string?: string; resource_type?: string; scheme?: string; subdomain?: string; url_string?: string }
export interface User { account?: Account; credential_uid?: string; display_name?: string; domain?: string; email_addr?: string; forward_addr?: string; full_name?: string; groups?: Group[]; has_mfa?: boolean; ldap_person?: LdapPerson; name?: string; org?: Organization; phone_number?: string; programmatic_credentials?: ProgrammaticCredential[]; risk_level?: string; risk_level_id?: 0 | 1 | 2 | 3 | 4 | 99; risk_score?: number; type?: string; type_id?: 0 | 1 | 2 | 3 | 4 | 99; uid?: string; uid_alt?: string }
export interface VendorAttributes { severity?: string; severity_id?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 99 }
export interface Vulnerability { advisory?: Advisory; affected_code?: AffectedCode[]; affected_packages?: AffectedPackage[]; category?: string; cve?: Cve; cwe?: Cwe; dependency_chain?: string; desc?: string; exploit_last_seen_time?: number; exploit_last_seen_time_dt?: string; exploit_ref_url?: string; exploit_requirement?: string; exploit_type?: string; first_seen_time?: number; first_seen_time_dt?: string; fix_available?: boolean; fix_coverage?: string; fix_coverage_id?: 0 | 1 | 2 | 3 | 99; is_exploit_available?: boolean; is_fix_available?: boolean; kb_article_list?: KbArticle[]; kb_articles?: string[]; last_seen_time?: number; last_seen_time_dt?: string; packages?: Package[]; references?: string[]; related_vulnerabilities?: string[]; remediation?: Remediation; severity?: string; title?: string; vendor_name?: string }
export interface WebResource { created_time?: number; created_time_dt?: string; data?: unknown; data_classification?: DataClassification; data_classifications?: DataClassification[]; desc?: string; labels?: string[]; modified_time?: number; modified_time_dt?: string; name?: string; tags?: KeyValueObject[]; type?: string; uid?: string; uid_alt?: string; url_string?: string }
export interface Whois { autonomous_system?: AutonomousSystem; created_time?: number; created_time_dt?: string; dnssec_status?: string; dnssec_status_id?: 0 | 1 | 2 | 99; domain?: string; domain_contacts?: DomainContact[]; email_addr?: string; isp?: string; isp_org?: string; last_seen_time?: number; last_seen_time_dt?: string; name_servers?: string[]; phone_number?: string; registrar?: string; status?: string; subdomains?: string[]; subnet?: string }
export interface WinResource { created_time?: number; created_time_dt?: string; data?: unknown; data_classification?: DataClassification; data_classifications?: DataClassification[]; details?: string; labels?: string[]; modified_time?: number; modified_time_dt?: string; name?: string; svc_name?: string; tags?: KeyValueObject[]; type?: string; type_id: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 16 | 17 | 18 | 19 | 20 | 21 | 22 | 23 | 24 | 25 | 26 | 27 | 28 | 29 | 30 | 31 | 32 | 33 | 34 | 35 | 36 | 37 | 38 | 39 | 40 | 41 | 42 | 43 | 44 | 99; uid?: string; uid_alt?: string }
export interface WinService { cmd_line?: string; hosting_process?: ProcessEntity; labels?: string[]; load_order_group?: string; name: string; service_category?: string; service_category_id?: 0 | 1 | 2 | 99; service_dependencies?: string[]; service_dll_file?: File; service_error_control?: string; service_error_control_id?: 0 | 1 | 2 | 3 | 4 | 99; service_file?: File; service_start_name?: string; service_start_type?: string; service_start_type_id?: 0 | 1 | 2 | 3 | 4 | 5 | 99; service_type?: string; service_type_id?: 0 | 1 | 2 | 3 | 4 | 99; tags?: KeyValueObject[]; uid?: string; version?: string }

export type OcsfObjects = {
  access_analysis_result: AccessAnalysisResult
  account: Account
  actor: Actor
  additional_restriction: AdditionalRestriction
  advisory: Advisory
  affected_code: AffectedCode
  affected_package: AffectedPackage
  agent: Agent
  ai_model: AiModel
  aircraft: Aircraft
  analysis_target: AnalysisTarget
  analytic: Analytic
  anomaly: Anomaly
  anomaly_analysis: AnomalyAnalysis
  api: Api
  application: Application
  assessment: Assessment
  attack: Attack
  auth_factor: AuthFactor
  authentication_token: AuthenticationToken
  authorization: Authorization
  autonomous_system: AutonomousSystem
  baseline: Baseline
  campaign: Campaign
  certificate: Certificate
  check: Check
  cis_benchmark: CisBenchmark
  cis_benchmark_result: CisBenchmarkResult
  cis_control: CisControl
  cis_csc: CisCsc
  classifier_details: ClassifierDetails
  cloud: Cloud
  compliance: Compliance
  container: Container
  cve: Cve
  cvss: Cvss
  cwe: Cwe
  d3f_tactic: D3fTactic
  d3f_technique: D3fTechnique
  d3fend: D3fend
  data_classification: DataClassification
  data_security: DataSecurity
  database: Database
  databucket: Databucket
  dce_rpc: DceRpc
  device: Device
  device_hw_info: DeviceHwInfo
  digital_signature: DigitalSignature
  discovery_details: DiscoveryDetails
  display: Display
  dns_answer: DnsAnswer
  dns_query: DnsQuery
  domain_contact: DomainContact
  edge: Edge
  email: Email
  email_auth: EmailAuth
  encryption_details: EncryptionDetails
  endpoint: Endpoint
  endpoint_connection: EndpointConnection
  enrichment: Enrichment
  environment_variable: EnvironmentVariable
  epss: Epss
  evidences: Evidences
  extension: Extension
  feature: Feature
  file: File
  finding: Finding
  finding_info: FindingInfo
  fingerprint: Fingerprint
  firewall_rule: FirewallRule
  function_invocation: FunctionInvocation
  gpu_info: GpuInfo
  graph: Graph
  group: Group
  hassh: Hassh
  http_cookie: HttpCookie
  http_header: HttpHeader
  http_request: HttpRequest
  http_response: HttpResponse
  identity_activity_metrics: IdentityActivityMetrics
  idp: Idp
  image: Image
  ja4_fingerprint: Ja4Fingerprint
  job: Job
  kb_article: KbArticle
  kernel: Kernel
  kernel_driver: KernelDriver
  key_value_object: KeyValueObject
  keyboard_info: KeyboardInfo
  kill_chain_phase: KillChainPhase
  ldap_person: LdapPerson
  load_balancer: LoadBalancer
  location: Location
  logger: Logger
  long_string: LongString
  malware: Malware
  malware_scan_info: MalwareScanInfo
  managed_entity: ManagedEntity
  message_context: MessageContext
  metadata: Metadata
  metric: Metric
  mitigation: Mitigation
  module: Module
  network_connection_info: NetworkConnectionInfo
  network_endpoint: NetworkEndpoint
  network_interface: NetworkInterface
  network_proxy: NetworkProxy
  network_traffic: NetworkTraffic
  node: Node
  object: AnyObject
  observable: Observable
  observation: Observation
  occurrence_details: OccurrenceDetails
  organization: Organization
  os: Os
  osint: Osint
  package: Package
  packet: Packet
  parameter: Parameter
  peripheral_device: PeripheralDevice
  permission_analysis_result: PermissionAnalysisResult
  policy: Policy
  port_info: PortInfo
  privilege_attack_info: PrivilegeAttackInfo
  privilege_info: PrivilegeInfo
  process: Process
  process_entity: ProcessEntity
  product: Product
  programmatic_credential: ProgrammaticCredential
  query_evidence: QueryEvidence
  query_info: QueryInfo
  reg_key: RegKey
  reg_value: RegValue
  related_event: RelatedEvent
  remediation: Remediation
  reporter: Reporter
  reputation: Reputation
  request: Request
  resource_details: ResourceDetails
  response: Response
  rpc_interface: RpcInterface
  rule: Rule
  san: San
  sbom: Sbom
  scan: Scan
  scim: Scim
  script: Script
  security_state: SecurityState
  service: Service
  service_privilege_analysis: ServicePrivilegeAnalysis
  session: Session
  software_component: SoftwareComponent
  span: Span
  sso: Sso
  startup_item: StartupItem
  sub_technique: SubTechnique
  table: Table
  tactic: Tactic
  technique: Technique
  threat_actor: ThreatActor
  ticket: Ticket
  timespan: Timespan
  tls: Tls
  tls_extension: TlsExtension
  token: Token
  trace: Trace
  trait: Trait
  transformation_info: TransformationInfo
  unmanned_aerial_system: UnmannedAerialSystem
  unmanned_system_operating_area: UnmannedSystemOperatingArea
  url: Url
  user: User
  vendor_attributes: VendorAttributes
  vulnerability: Vulnerability
  web_resource: WebResource
  whois: Whois
  win_resource: WinResource
  win_service: WinService
}
