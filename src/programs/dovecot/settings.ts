/**
 * The settings of dovecot.conf (Dovecot 2.3.19): names and built-in values as `doveconf -d` prints them.
 *
 * Reads: nothing; `configuration.ts` checks names against these tables, `doveconf` prints them.
 * Not simulated: what the families in FAMILIES are for (proxies, replication, submission, LMTP); they are known by name,
 * so that a file which has them is no error.
 *
 * Length: one line a setting.
 */

const MAIN = `auth_anonymous_username = anonymous
auth_cache_negative_ttl = 1 hours
auth_cache_size = 0
auth_cache_ttl = 1 hours
auth_cache_verify_password_with_worker = no
auth_debug = no
auth_debug_passwords = no
auth_default_realm =
auth_failure_delay = 2 secs
auth_gssapi_hostname =
auth_krb5_keytab =
auth_master_user_separator =
auth_mechanisms = plain
auth_proxy_self =
auth_realms =
auth_socket_path = auth-userdb
auth_ssl_require_client_cert = no
auth_ssl_username_from_cert = no
auth_stats = no
auth_use_winbind = no
auth_username_chars = abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ01234567890.-_@
auth_username_format = %Lu
auth_username_translation =
auth_verbose = no
auth_verbose_passwords = no
auth_winbind_helper_path = /usr/bin/ntlm_auth
auth_worker_max_count = 30
base_dir = /run/dovecot
config_cache_size = 1 M
debug_log_path =
default_client_limit = 1000
default_idle_kill = 1 mins
default_internal_group = dovecot
default_internal_user = dovecot
default_login_user = dovenull
default_process_limit = 100
default_vsz_limit = 256 M
deliver_log_format = msgid=%m: %$
dict_db_config =
disable_plaintext_auth = yes
dotlock_use_excl = yes
first_valid_gid = 1
first_valid_uid = 500
haproxy_timeout = 3 secs
haproxy_trusted_networks =
hostname =
imap_capability =
imap_client_workarounds =
imap_fetch_failure = disconnect-immediately
imap_hibernate_timeout = 0
imap_id_log =
imap_id_retain = no
imap_id_send = name *
imap_idle_notify_interval = 2 mins
imap_literal_minus = no
imap_logout_format = in=%i out=%o deleted=%{deleted} expunged=%{expunged} trashed=%{trashed} hdr_count=%{fetch_hdr_count} hdr_bytes=%{fetch_hdr_bytes} body_count=%{fetch_body_count} body_bytes=%{fetch_body_bytes}
imap_max_line_length = 64 k
imap_metadata = no
import_environment = TZ CORE_OUTOFMEM CORE_ERROR LISTEN_PID LISTEN_FDS NOTIFY_SOCKET
info_log_path =
instance_name = dovecot
last_valid_gid = 0
last_valid_uid = 0
libexec_dir = /usr/lib/dovecot
listen = *, ::
lock_method = fcntl
log_core_filter =
log_debug =
log_path = syslog
log_timestamp = "%b %d %H:%M:%S "
login_access_sockets =
login_greeting = Dovecot (Debian) ready.
login_log_format = %$: %s
login_log_format_elements = user=<%u> method=%m rip=%r lip=%l mpid=%e %c session=<%{session}>
login_plugin_dir = /usr/lib/dovecot/modules/login
login_plugins =
login_proxy_max_disconnect_delay = 0
login_proxy_max_reconnects = 3
login_proxy_notify_path = proxy-notify
login_proxy_rawlog_dir =
login_proxy_timeout = 30 secs
login_source_ips =
login_trusted_networks =
mail_access_groups =
mail_always_cache_fields =
mail_attachment_detection_options =
mail_attachment_dir =
mail_attachment_fs = sis posix
mail_attachment_hash = %{sha1}
mail_attachment_min_size = 128 k
mail_attribute_dict =
mail_cache_fields = flags
mail_chroot =
mail_debug = no
mail_fsync = optimized
mail_full_filesystem_access = no
mail_gid =
mail_home =
mail_location =
mail_log_prefix = "%s(%u)<%{pid}><%{session}>: "
mail_max_keyword_length = 50
mail_max_lock_timeout = 0
mail_max_userip_connections = 10
mail_never_cache_fields = imap.envelope
mail_nfs_index = no
mail_nfs_storage = no
mail_plugin_dir = /usr/lib/dovecot/modules
mail_plugins =
mail_prefetch_count = 0
mail_privileged_group =
mail_save_crlf = no
mail_server_admin =
mail_server_comment =
mail_shared_explicit_inbox = no
mail_sort_max_read_count = 0
mail_temp_dir = /tmp
mail_temp_scan_interval = 1 weeks
mail_uid =
mail_vsize_bg_after_count = 0
mailbox_idle_check_interval = 30 secs
mailbox_list_index = yes
mailbox_list_index_include_inbox = no
mailbox_list_index_very_dirty_syncs = no
maildir_broken_filename_sizes = no
maildir_copy_with_hardlinks = yes
maildir_empty_new = no
maildir_stat_dirs = no
maildir_very_dirty_syncs = no
master_user_separator =
mbox_dirty_syncs = yes
mbox_dotlock_change_timeout = 2 mins
mbox_lazy_writes = yes
mbox_lock_timeout = 5 mins
mbox_md5 = apop3d
mbox_min_index_size = 0
mbox_read_locks = fcntl
mbox_very_dirty_syncs = no
mbox_write_locks = fcntl dotlock
mdbox_preallocate_space = no
mdbox_rotate_interval = 0
mdbox_rotate_size = 10 M
mmap_disable = no
pop3_client_workarounds =
pop3_delete_type = default
pop3_deleted_flag =
pop3_enable_last = no
pop3_fast_size_lookups = no
pop3_lock_session = no
pop3_logout_format = top=%t/%p, retr=%r/%b, del=%d/%m, size=%s
pop3_no_flag_updates = no
pop3_reuse_xuidl = no
pop3_save_uidl = no
pop3_uidl_duplicates = allow
pop3_uidl_format = %08Xu%08Xv
postmaster_address = postmaster@%{if;%d;ne;;%d;%{hostname}}
process_shutdown_filter =
protocols =
quota_full_tempfail = no
rawlog_dir =
recipient_delimiter = +
rejection_reason = Your message to <%t> was automatically rejected:%n%r
rejection_subject = Rejected: %s
replication_dsync_parameters = -d -N -l 30 -U
replication_full_sync_interval = 1 days
replication_max_conns = 10
replicator_host = replicator
replicator_port = 0
sendmail_path = /usr/sbin/sendmail
shutdown_clients = yes
ssl = yes
ssl_alt_cert =
ssl_alt_key =
ssl_ca =
ssl_cert =
ssl_cert_username_field = commonName
ssl_cipher_list = ALL:!kRSA:!SRP:!kDHd:!DSS:!aNULL:!eNULL:!EXPORT:!DES:!3DES:!MD5:!PSK:!RC4:!ADH:!LOW@STRENGTH
ssl_cipher_suites =
ssl_client_ca_dir =
ssl_client_ca_file =
ssl_client_cert =
ssl_client_key =
ssl_client_require_valid_cert = yes
ssl_crypto_device =
ssl_curve_list =
ssl_dh =
ssl_key =
ssl_key_password =
ssl_min_protocol = TLSv1.2
ssl_options =
ssl_prefer_server_ciphers = no
ssl_require_crl = yes
ssl_verify_client_cert = no
state_dir = /var/lib/dovecot
syslog_facility = mail
valid_chroot_dirs =
verbose_proctitle = no
verbose_ssl = no
version_ignore = no
`;

const FAMILIES = `
auth_policy_check_after_auth auth_policy_check_before_auth auth_policy_hash_mech auth_policy_hash_nonce
auth_policy_hash_truncate auth_policy_log_only auth_policy_reject_on_fail auth_policy_report_after_auth
auth_policy_request_attributes auth_policy_server_api_header auth_policy_server_timeout_msecs
auth_policy_server_url director_flush_socket director_mail_servers director_max_parallel_kicks
director_max_parallel_moves director_output_buffer_size director_ping_idle_timeout director_ping_max_timeout
director_servers director_user_expire director_user_kick_delay director_username_hash doveadm_allowed_commands
doveadm_api_key doveadm_http_rawlog_dir doveadm_password doveadm_port doveadm_socket_path doveadm_ssl
doveadm_username doveadm_worker_count dsync_alt_char dsync_commit_msgs_interval dsync_features
dsync_hashed_headers dsync_remote_cmd imap_urlauth_host imap_urlauth_logout_format imap_urlauth_port
imapc_cmd_timeout imapc_connection_retry_count imapc_connection_retry_interval imapc_features imapc_host
imapc_list_prefix imapc_master_user imapc_max_idle_time imapc_max_line_length imapc_password imapc_port
imapc_rawlog_dir imapc_sasl_mechanisms imapc_ssl imapc_ssl_verify imapc_user lda_mailbox_autocreate
lda_mailbox_autosubscribe lda_original_recipient_header lmtp_add_received_header lmtp_client_workarounds
lmtp_hdr_delivery_address lmtp_proxy lmtp_proxy_rawlog_dir lmtp_rawlog_dir lmtp_rcpt_check_quota
lmtp_save_to_detail_mailbox lmtp_user_concurrency_limit lmtp_verbose_replies old_stats_carbon_interval
old_stats_carbon_name old_stats_carbon_server old_stats_command_min_time old_stats_domain_min_time
old_stats_ip_min_time old_stats_memory_limit old_stats_session_min_time old_stats_user_min_time pop3c_features
pop3c_host pop3c_master_user pop3c_password pop3c_port pop3c_quick_received_date pop3c_rawlog_dir pop3c_ssl
pop3c_ssl_verify pop3c_user stats_http_rawlog_dir stats_writer_socket_path submission_client_workarounds
submission_host submission_logout_format submission_max_mail_size submission_max_recipients
submission_relay_command_timeout submission_relay_connect_timeout submission_relay_host
submission_relay_master_user submission_relay_max_idle_time submission_relay_password submission_relay_port
submission_relay_rawlog_dir submission_relay_ssl submission_relay_ssl_verify submission_relay_trusted
submission_relay_user submission_ssl submission_timeout
`;

/** name → built-in value */
export const DEFAULTS: ReadonlyMap<string, string> = new Map(
	MAIN.trimEnd()
		.split('\n')
		.map((line) => {
			const at = line.indexOf(' =');
			return [line.slice(0, at), line.slice(at + 3)] as const;
		})
);

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));
const KNOWN: ReadonlySet<string> = new Set([...DEFAULTS.keys(), ...words(FAMILIES)]);

const SERVICE = words(`chroot client_limit drop_priv_before_exec executable extra_groups group idle_kill
privileged_group process_limit process_min_avail protocol service_count type user vsz_limit`);
const LISTENER = words('path mode user group');
const DATABASE = words(`args auth_verbose default_fields deny driver master mechanisms name override_fields pass
result_failure result_internalfail result_success skip username_filter`);

/** section → its settings; null: any name */
const SECTIONS: Readonly<Record<string, ReadonlySet<string> | null>> = {
	service: SERVICE,
	unix_listener: LISTENER,
	fifo_listener: LISTENER,
	inet_listener: words('address haproxy name port reuse_port ssl'),
	passdb: DATABASE,
	userdb: DATABASE,
	namespace: words(`alias_for disabled hidden ignore_on_failure inbox list location order prefix separator
subscriptions type`),
	mailbox: words('auto autoexpunge autoexpunge_max_mails comment driver special_use'),
	plugin: null,
	dict: null,
	protocol: KNOWN,
	local: KNOWN,
	remote: KNOWN,
	local_name: KNOWN
};

/** Sections and what they may stand in; '' is the file itself. */
export const PARENTS: Readonly<Record<string, readonly string[]>> = {
	service: ['', 'protocol'],
	unix_listener: ['service'],
	fifo_listener: ['service'],
	inet_listener: ['service'],
	passdb: ['', 'protocol', 'local', 'remote', 'local_name'],
	userdb: ['', 'protocol', 'local', 'remote', 'local_name'],
	namespace: ['', 'protocol'],
	mailbox: ['namespace'],
	plugin: ['', 'protocol', 'local', 'remote'],
	dict: [''],
	protocol: ['', 'local', 'remote'],
	local: ['', 'local', 'remote'],
	remote: ['', 'local', 'remote'],
	local_name: ['', 'local', 'remote']
};

/** Whether a setting of this name may stand in a section of this type. */
export function isKnown(section: string, name: string): boolean {
	if (section === '') return KNOWN.has(name);
	const names = SECTIONS[section];
	return names === null || (names?.has(name) ?? false);
}

/** The word that stands for yes and no, and for `ssl` also "required". */
export const BOOLEANS: Readonly<Record<string, boolean>> = {
	yes: true,
	y: true,
	'1': true,
	true: true,
	no: false,
	n: false,
	'0': false,
	false: false
};

export const PROTOCOLS = ['imap', 'pop3', 'lmtp', 'submission', 'sieve', 'none'] as const;
