using Microsoft.ML.OnnxRuntime;
using MnistAdder.OnnxBatching.Devices;
using MnistAdder.OnnxBatching.Inference;
using MnistAdder.OnnxBatching.Models;

namespace MnistAdder.OnnxBatching;

/// <summary>
/// An ONNX model that is ready to run: one ONNX Runtime session, on CUDA or the CPU, shared by any number of workers, each of which
/// brings tensors of its own that are allocated once.
/// </summary>
/// <remarks>
/// <para>
/// On the CPU a run has one thread, and every core a batch of its own to run; measured on two cores, batches of 16 to 64 rows of a
/// small network are the fastest, and a session for each worker gains nothing over a shared one up to there. CUDA gets larger
/// batches, decoded on all cores, through the same session.
/// </para>
/// <para>All members can be called by any number of threads at once.</para>
/// </remarks>
public sealed class BatchSession : IDisposable
{
    private const int CpuBatchSize = 32;
    private const int CudaBatchSize = 1024;
    private const long CpuBatchBytes = 8 << 20;
    private const long CudaBatchBytes = 64 << 20;

    private readonly InferenceOptions _options;
    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();

    private Lazy<RowIndependence> _rows = new(RowIndependence.Proven);

    // Runs under way, and one more until the session is disposed: the native session goes with the last of them.
    private int _users = 1;
    private int _disposed;

    private BatchSession(string name, InferenceOptions options, ProviderSelection<InferenceSession> selection)
    {
        _options = options;
        _session = selection.Opened;
        Name = name;
        Provider = selection.Provider;
        Fallback = selection.Fallback;
        Limit = new BatchLimit(options.OnBatchHalved);
        Workers = options.Workers > 0 ? options.Workers : Environment.ProcessorCount;
        Inputs = [.. _session.InputMetadata.Select(pair => TensorSignature.From(pair.Key, pair.Value))];
        Outputs = [.. _session.OutputMetadata.Select(pair => TensorSignature.From(pair.Key, pair.Value))];
        OverridableInitializers = [.. _session.OverridableInitializerMetadata.Select(pair => TensorSignature.From(pair.Key, pair.Value))];
        Metadata = _session.ModelMetadata.CustomMetadataMap;
        if (Fallback is not null)
            options.OnFallback?.Invoke(Fallback);
    }

    /// <summary>What messages call the model: its file's path as it was given, or a name for bytes.</summary>
    public string Name { get; }

    /// <summary>What runs the model: <see cref="ExecutionProvider.Cuda"/> or <see cref="ExecutionProvider.Cpu"/>.</summary>
    public ExecutionProvider Provider { get; }

    /// <summary>Why <see cref="ExecutionProvider.Auto"/> took the CPU, one sentence; else <see langword="null"/>.</summary>
    public string? Fallback { get; }

    /// <summary>
    /// That a batch didn't fit into the device's memory and how many rows a run takes since, one sentence; else <see langword="null"/>.
    /// </summary>
    public string? BatchHalved => Limit.Notice;

    /// <summary>The model's inputs in its own order.</summary>
    public IReadOnlyList<TensorSignature> Inputs { get; }

    /// <summary>The model's outputs in its own order.</summary>
    public IReadOnlyList<TensorSignature> Outputs { get; }

    /// <summary>The file's metadata properties.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Releases the model, once runs that are under way have ended. Later runs throw.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
            Leave();
    }

    // The number of rows that one run takes, by the bytes of a row's inputs and outputs: the size asked for in the options, else one that
    // suits the provider, at least 1.
    internal int BatchSize(long rowBytes)
    {
        if (_options.BatchSize > 0)
            return _options.BatchSize;
        (int rows, long bytes) = Provider == ExecutionProvider.Cuda ? (CudaBatchSize, CudaBatchBytes) : (CpuBatchSize, CpuBatchBytes);
        return (int)Math.Clamp(bytes / Math.Max(1, rowBytes), 1, rows);
    }

    // Greatest number of batches of one enumeration that are worked on at once, at least 1.
    internal int Workers { get; }

    // How many rows a run may have.
    internal BatchLimit Limit { get; }

    // Which of them may be run together. Asked for where there are several, since it takes a while to find out.
    internal RowIndependence Rows => _rows.Value;

    internal void SetRows(Func<RowIndependence> find) => _rows = new Lazy<RowIndependence>(find);

    // Initializers that an input can override.
    internal IReadOnlyList<TensorSignature> OverridableInitializers { get; }

    internal RowCheck RowCheck => _options.RowCheck;

    // Loads a model and gives its outline, which the session doesn't keep.
    internal static BatchSession Open(ModelSource source, InferenceOptions options, out ModelOutline outline)
    {
        options.Check();
        LoadableModel model = source.Prepare(options, out outline);
        // Native options that are the caller's own say what runs the model as well.
        ExecutionProvider requested = options.CreateNative is null ? options.Provider : ExecutionProvider.Cpu;
        try
        {
            ProviderSelection<InferenceSession> selection = ProviderSelection.Open(
                requested, OrtEnv.Instance().GetAvailableProviders(), model.Start, CudaReadiness.DriverProblem, CudaReadiness.LibraryProblem);
            return new BatchSession(model.Label, options, selection);
        }
        catch (OnnxRuntimeException exception)
        {
            throw new InvalidDataException($"'{model.Label}' is not a model that ONNX Runtime can load: {OneLine(exception)}.", exception);
        }
    }

    // Inputs and outputs that are bound once and run many times, by one thread at a time; null where the model may run on a device, to
    // which binding an input copies it as it is at that time.
    internal OrtIoBinding? Bind(string[] inputNames, OrtValue[] inputs, string[] outputNames, OrtValue[] outputs) =>
        Provider != ExecutionProvider.Cpu || _options.CreateNative is not null ? null : Use((inputNames, inputs, outputNames, outputs), static (session, _, tensors) =>
        {
            OrtIoBinding binding = session.CreateIoBinding();
            try
            {
                for (int i = 0; i < tensors.inputs.Length; i++)
                    binding.BindInput(tensors.inputNames[i], tensors.inputs[i]);
                for (int i = 0; i < tensors.outputs.Length; i++)
                    binding.BindOutput(tensors.outputNames[i], tensors.outputs[i]);
                return binding;
            }
            catch
            {
                binding.Dispose();
                throw;
            }
        });

    // What is bound, without looking names and values up again.
    internal void Run(OrtIoBinding binding) => Use(binding, static (session, options, bound) =>
    {
        session.RunWithBinding(options, bound);
        return true;
    });

    // Into outputs that are allocated.
    internal void Run(string[] inputNames, OrtValue[] inputs, string[] outputNames, OrtValue[] outputs) =>
        Use((inputNames, inputs, outputNames, outputs), static (session, options, tensors) =>
        {
            session.Run(options, tensors.inputNames, tensors.inputs, tensors.outputNames, tensors.outputs);
            return true;
        });

    // Into outputs that ONNX Runtime allocates, since their shape depends on the data.
    internal IDisposableReadOnlyCollection<OrtValue> Run(string[] inputNames, OrtValue[] inputs, string[] outputNames) =>
        Use((inputNames, inputs, outputNames), static (session, options, tensors) => session.Run(options, tensors.inputNames, tensors.inputs, tensors.outputNames));

    // Calls ONNX Runtime with the session kept alive and its errors put into words. The tensors come as an argument, so that the
    // delegate can be static: a run of one row takes no memory for it.
    private TResult Use<TTensors, TResult>(TTensors tensors, Func<InferenceSession, RunOptions, TTensors, TResult> call)
    {
        Enter();
        try
        {
            return call(_session, _runOptions, tensors);
        }
        catch (OnnxRuntimeException exception)
        {
            throw Failed(exception);
        }
        finally
        {
            Leave();
        }
    }

    private void Enter()
    {
        Interlocked.Increment(ref _users);
        if (Volatile.Read(ref _disposed) == 0)
            return;
        Leave();
        throw new ObjectDisposedException(nameof(BatchSession), $"The model '{Name}' has been disposed of.");
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _users) > 0)
            return;
        _session.Dispose();
        _runOptions.Dispose();
    }

    private InvalidOperationException Failed(OnnxRuntimeException exception) => OutOfDeviceMemoryException.Is(exception)
        ? new OutOfDeviceMemoryException($"The model '{Name}' ran out of memory on a batch: {OneLine(exception)}. A smaller batch size takes less.", exception)
        : new InvalidOperationException($"The model '{Name}' failed: {OneLine(exception)}.", exception);

    private static string OneLine(Exception exception) => exception.Message.ReplaceLineEndings(" ").Trim().TrimEnd('.');
}
