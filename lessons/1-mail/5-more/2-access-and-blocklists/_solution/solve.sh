# on halo
postconf -e 'smtpd_client_restrictions = permit_mynetworks, reject_rbl_client rbl.example.com'
echo 'spam.example.edu     REJECT' >> /etc/postfix/sender
postmap /etc/postfix/sender
postconf -e 'smtpd_sender_restrictions = check_sender_access hash:/etc/postfix/sender'
echo '/name=.*\.exe/ REJECT' > /etc/postfix/header_checks
postconf -e 'header_checks = regexp:/etc/postfix/header_checks'
postfix reload
