# on halo
anna=$(mailq | awk '/anna@example.org/ { print $1 }')
joe=$(mailq | awk '/joe@example.org/ { print $1 }')
postsuper -h $anna
postsuper -d $joe
