$TTL 3600
@     IN SOA ns.isp.com. hostmaster.example.com. ( 2026030401 28800 7200 604800 3600 )
      IN NS  ns.isp.com.
      IN MX  10 mx.exampel.com.
      IN A   192.0.2.80
mx    IN A   192.0.2.35
work  IN A   10.150.134.15
