using Microsoft.ML.OnnxRuntime;

namespace MnistAdder.OnnxBatching;

/// <summary>How a model is run. Zero leaves a number to the session, which knows the model and the device.</summary>
public sealed record InferenceOptions
{
    // Room for every row is made beforehand.
    private const int LargestBatch = 1 << 20;

    /// <summary>Provider, device, batch size and threads as the session finds them best.</summary>
    public static InferenceOptions Default { get; } = new();

    /// <summary>What runs the model.</summary>
    public ExecutionProvider Provider { get; init; } = ExecutionProvider.Auto;

    /// <summary>The CUDA device, counted from 0.</summary>
    public int DeviceId { get; init; }

    /// <summary>
    /// Greatest number of rows in one run, at most 1,048,576; 0 takes 32 on the CPU and 1,024 on CUDA, fewer where rows are so large that a batch
    /// would pass 8 MiB (64 MiB on CUDA).
    /// </summary>
    public int BatchSize { get; init; }

    /// <summary>Greatest number of batches of one enumeration that are worked on at once; 0 takes one per core.</summary>
    public int Workers { get; init; }

    /// <summary>
    /// Threads inside one run, at least 1. One is best for throughput, since every core has a batch of its own; a large model that
    /// is asked one row at a time answers sooner with more.
    /// </summary>
    public int IntraOpThreads { get; init; } = 1;

    /// <summary>What is done where a model's graph doesn't tell whether its rows may be run together.</summary>
    public RowCheck RowCheck { get; init; } = RowCheck.Fallback;

    /// <summary>
    /// Whether a model's file may name other files with weights, as models beyond 2 GB do: for models that you made yourself, since
    /// it is the model that says which files are read.
    /// </summary>
    public bool AllowsExternalData { get; init; }

    /// <summary>
    /// Whether a model's graph is rewritten into a faster one of the same results, but for rounding, before ONNX Runtime optimises it
    /// further: normalizations and the scaling of 8-bit inputs go into the weights next to them, and convolutions that are just short of
    /// a multiple of 16 channels get channels of zeros. Only where what they read is sure to be finite and of ordinary size, as what is
    /// computed from inputs of integers by ordinary weights is: inputs of floats may be infinite, NaN or near to where floats end, and
    /// what is computed from them stays as it is, to the bit. The model's own file, and what is saved of it, stay as they are. A model
    /// that is loaded with <see cref="AllowsExternalData"/> from a file isn't rewritten.
    /// </summary>
    public bool OptimizesGraph { get; init; } = true;

    /// <summary>
    /// Called once, while the session is made, with a sentence that says that <see cref="ExecutionProvider.Auto"/> took the CPU, and
    /// why. The same sentence stays in <see cref="BatchSession.Fallback"/>.
    /// </summary>
    public Action<string>? OnFallback { get; init; }

    /// <summary>
    /// Called at most once, by whichever thread runs the batch that doesn't fit into the device's memory, with a sentence that says how
    /// many rows a run takes from then on. The same sentence stays in <see cref="BatchSession.BatchHalved"/>.
    /// </summary>
    public Action<string>? OnBatchHalved { get; init; }

    // Whether ONNX Runtime logs nothing. By itself it prints its warnings, and errors that are thrown as well, with names as a model has them:
    // control characters and all.
    internal bool IsSilent { get; init; }

    // Makes the native options of a session in the place of this record's threads and provider; null where these say all.
    internal Func<SessionOptions>? CreateNative { get; init; }

    // Sets what the native options have beyond this record.
    internal Action<SessionOptions>? ConfigureNative { get; init; }

    internal void Check()
    {
        if (!Enum.IsDefined(Provider))
            throw new ArgumentOutOfRangeException(nameof(Provider), Provider, "The execution provider is none of auto, cuda and cpu.");
        if (!Enum.IsDefined(RowCheck))
            throw new ArgumentOutOfRangeException(nameof(RowCheck), RowCheck, "The row check is none of fallback, error and off.");
        ArgumentOutOfRangeException.ThrowIfNegative(DeviceId);
        ArgumentOutOfRangeException.ThrowIfNegative(BatchSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(BatchSize, LargestBatch);
        ArgumentOutOfRangeException.ThrowIfNegative(Workers);
        ArgumentOutOfRangeException.ThrowIfLessThan(IntraOpThreads, 1);
    }
}

/// <summary>What runs a model: ONNX Runtime's word for a kind of device and its kernels.</summary>
public enum ExecutionProvider
{
    /// <summary>CUDA where this build has it and the device answers, else the CPU; a fallback is said once.</summary>
    Auto,

    /// <summary>An NVIDIA device, or an error that says what is missing.</summary>
    Cuda,

    /// <summary>The processor.</summary>
    Cpu,
}

/// <summary>
/// What is done about a model of which its graph doesn't tell whether a row's results depend on that row alone: it has an operator that
/// isn't known, or shapes that can't be followed.
/// </summary>
public enum RowCheck
{
    /// <summary>
    /// Rows that differ are run alone and together, for each shape of theirs anew, and compared. Where they come out the same, rows of
    /// that shape are run together from then on, and where they don't, every row is run alone. It is a check of some rows, not a proof.
    /// </summary>
    Fallback,

    /// <summary>As <see cref="Fallback"/>, but rows that come out differently are an error.</summary>
    Error,

    /// <summary>No check: rows are run together. For whoever knows that the model's rows stand for themselves.</summary>
    Off,
}
