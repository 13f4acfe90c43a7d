using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace MnistAdder.Server.Models;

/// <summary>What is counted of models: under Triton's names where it has them.</summary>
/// <remarks>Source: Triton's metrics, "Inference Request Metrics" of its user guide.</remarks>
internal sealed class ModelMeters : IDisposable
{
    private static int s_servers;

    private readonly Meter _meter;
    private readonly List<(KeyValuePair<string, object?>[] Tags, Func<int> Waiting)> _queues = [];

    /// <summary>Makes the instruments.</summary>
    public ModelMeters()
    {
        int server = Interlocked.Increment(ref s_servers);
        Name = server == 1 ? "MnistAdder.Server" : $"MnistAdder.Server.{server}";
        _meter = new Meter(Name);
        Success = _meter.CreateCounter<long>("nv_inference_request_success", description: "Requests that were answered.");
        Failure = _meter.CreateCounter<long>("nv_inference_request_failure", description: "Requests that were not answered, by what they asked or for want of room.");
        Inferences = _meter.CreateCounter<long>("nv_inference_count", description: "Rows that were run; a request that is run by itself counts as one.");
        Executions = _meter.CreateCounter<long>("nv_inference_exec_count", description: "Runs of the model.");
        RequestMicroseconds = _meter.CreateCounter<long>("nv_inference_request_duration_us", description: "Microseconds from the request's coming to its answer.");
        QueueMicroseconds = _meter.CreateCounter<long>("nv_inference_queue_duration_us", description: "Microseconds that requests waited for their run.");
        ComputeMicroseconds = _meter.CreateCounter<long>("nv_inference_compute_infer_duration_us", description: "Microseconds that runs took, once for each request in them.");
        QueueSeconds = _meter.CreateHistogram<double>("inference_queue_duration_seconds", description: "Seconds that requests waited for their run.", advice: new() { HistogramBucketBoundaries = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10] });
        BatchRows = _meter.CreateHistogram<long>("inference_batch_rows", description: "Rows of a run.", advice: new() { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024] });
        _meter.CreateObservableGauge("nv_inference_pending_request_count", () => _queues.Select(queue => new Measurement<long>(queue.Waiting(), queue.Tags)), description: "Requests that wait.");
    }

    /// <summary>The meter's name, for those who collect; several servers of one process have several.</summary>
    public string Name { get; }

    internal Counter<long> Success { get; }

    internal Counter<long> Failure { get; }

    internal Counter<long> Inferences { get; }

    internal Counter<long> Executions { get; }

    internal Counter<long> RequestMicroseconds { get; }

    internal Counter<long> QueueMicroseconds { get; }

    internal Counter<long> ComputeMicroseconds { get; }

    internal Histogram<double> QueueSeconds { get; }

    internal Histogram<long> BatchRows { get; }

    /// <summary>What is counted of one model.</summary>
    /// <param name="model">Its name.</param>
    /// <param name="waiting">How many requests wait.</param>
    public ModelMeter Of(string model, Func<int> waiting)
    {
        KeyValuePair<string, object?>[] tags = [new("model", model), new("version", ServedModel.Version)];
        _queues.Add((tags, waiting));
        return new ModelMeter(this, tags);
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}

/// <summary>What is counted of one model.</summary>
internal sealed class ModelMeter(ModelMeters meters, KeyValuePair<string, object?>[] tags)
{
    /// <summary>A request was answered.</summary>
    public void Succeeded(InferenceJob job)
    {
        meters.Success.Add(1, tags);
        meters.RequestMicroseconds.Add(Microseconds(Stopwatch.GetElapsedTime(job.Came)), tags);
    }

    /// <summary>A request was not answered.</summary>
    public void Failed() => meters.Failure.Add(1, tags);

    /// <summary>A run ended.</summary>
    /// <param name="parts">What was in it.</param>
    /// <param name="rows">How many rows that were.</param>
    /// <param name="began">When it began.</param>
    public void Ran(IReadOnlyList<JobRows> parts, int rows, long began)
    {
        meters.Executions.Add(1, tags);
        meters.Inferences.Add(rows, tags);
        meters.BatchRows.Record(rows, tags);
        meters.ComputeMicroseconds.Add(parts.Count * Microseconds(Stopwatch.GetElapsedTime(began)), tags);
        long queued = 0;
        foreach (JobRows part in parts)
        {
            TimeSpan waited = Stopwatch.GetElapsedTime(part.Job.Came, began);
            queued += Microseconds(waited);
            meters.QueueSeconds.Record(waited.TotalSeconds, tags);
        }

        meters.QueueMicroseconds.Add(queued, tags);
    }

    private static long Microseconds(TimeSpan time) => time.Ticks / TimeSpan.TicksPerMicrosecond;
}
