# What the scripts with Apache Spark share; read by them after common.sh, not run.

# apache: where Spark is. Every process stays in the foreground, so that its id is known.
apache() {
    SPARK_HOME=$(echo "$SPARK_VENVS"/spark/lib/python3*/site-packages/pyspark)
    [ -x "$SPARK_HOME/bin/spark-submit" ] || { echo "Apache Spark is not installed: tests/spark/install.sh --spark" >&2; exit 1; }
    SPARK_LOCAL_IP=127.0.0.1 SPARK_NO_DAEMONIZE=1 PYSPARK_PYTHON=$SPARK_VENVS/spark/bin/python
    SPARK_LOCAL_DIRS=$SPARK_SERVERS/scratch
    export SPARK_HOME SPARK_LOCAL_IP SPARK_NO_DAEMONIZE PYSPARK_PYTHON SPARK_LOCAL_DIRS
    mkdir -p "$SPARK_SERVERS/scratch"
}

# connect_server NAME MASTER PORT MEMORY: the server of Spark Connect. It ends streams of answers after two seconds, where Spark takes two minutes: clients
# have to ask for the rest, and a short statement tests it.
connect_server() {
    # shellcheck disable=SC2086 # SPARK_OPTIONS are several words.
    begin "$1" "$SPARK_HOME/bin/spark-submit" --class org.apache.spark.sql.connect.service.SparkConnectServer \
        --master "$2" --driver-memory "$4" --executor-memory 1600m --conf spark.executor.cores=1 \
        --conf spark.driver.host=127.0.0.1 --conf spark.driver.bindAddress=127.0.0.1 \
        --conf spark.connect.grpc.binding.address=127.0.0.1 --conf spark.connect.grpc.binding.port="$3" \
        --conf spark.connect.execute.reattachable.senderMaxStreamDuration=2s \
        --conf spark.sql.warehouse.dir="$SPARK_SERVERS/warehouse" \
        --conf spark.ui.enabled=false --conf spark.sql.shuffle.partitions=8 ${SPARK_OPTIONS:-}
    listening "$1" "$3" 120
}
