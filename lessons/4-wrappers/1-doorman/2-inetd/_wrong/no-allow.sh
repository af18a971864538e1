# on halo
sed -i 's,^finger.*,finger  stream  tcp  nowait  root  /usr/sbin/tcpd  /usr/sbin/in.fingerd,' /etc/inetd.conf
/etc/init.d/openbsd-inetd reload
