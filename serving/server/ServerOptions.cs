using System.Globalization;
using System.Numerics;
using MnistAdder.OnnxBatching;
using MnistAdder.Server.Models;
using MnistAdder.Serving;

namespace MnistAdder.Server;

/// <summary>What a server serves, and how much it takes on.</summary>
internal sealed class ServerOptions
{
    /// <summary>The section of the configuration that they are read from.</summary>
    public const string Section = "Serve";

    /// <summary>Where it listens unless told: on the machine itself alone.</summary>
    public const string DefaultUrl = "http://127.0.0.1:5080";

    /// <summary>ONNX files by the names that clients know them by.</summary>
    public Dictionary<string, string> Models { get; set; } = [];

    /// <summary>What runs the models.</summary>
    public ExecutionProvider Provider { get; set; } = ExecutionProvider.Auto;

    /// <summary>Runs at once of each model; 0 takes one per processor.</summary>
    public int Threads { get; set; }

    /// <summary>Most rows of a run that requests share; 0 leaves it to the session, 1 lets none share.</summary>
    public int MaxBatch { get; set; }

    /// <summary>Milliseconds that a request waits for company; 0 lets the wait follow the load.</summary>
    public double MaxWait { get; set; }

    /// <summary>Most requests that wait for a model.</summary>
    public int MaxQueue { get; set; } = 1024;

    /// <summary>Most bytes of a body, compressed or not.</summary>
    public long MaxBody { get; set; } = 64 << 20;

    /// <summary>Most bytes of all bodies that are in hand at once.</summary>
    public long MaxMemory { get; set; } = 512 << 20;

    /// <summary>Most bytes of a tensor that a client sends; numbers in JSON may be shorter than what they become.</summary>
    public long MaxTensor { get; set; } = 256 << 20;

    /// <summary>Most pixels of a picture.</summary>
    public int MaxPixels { get; set; } = ImageLimits.Default.MaxPixels;

    /// <summary>Seconds that a request may wait for its run.</summary>
    public double Timeout { get; set; } = 30;

    /// <summary>Seconds that requests in hand have after the signal to end.</summary>
    public double Grace { get; set; } = 5;

    /// <summary>How pictures are prepared.</summary>
    public ImagePreparation Preprocess { get; set; } = ImagePreparation.Auto;

    /// <summary>How models are run.</summary>
    public InferenceOptions Inference => new() { Provider = Provider, Workers = Threads, IsSilent = true };

    /// <summary>How requests wait and come together.</summary>
    public QueueOptions Queue => new() { MaxBatch = MaxBatch, MaxWait = TimeSpan.FromMilliseconds(MaxWait), MaxQueue = MaxQueue, Timeout = TimeSpan.FromSeconds(Timeout) };

    /// <summary>Checks what a configuration may have made of them.</summary>
    /// <exception cref="InvalidDataException">One of them is out of its range.</exception>
    public void Check()
    {
        Require(nameof(Threads), Threads, 0, 1024);
        Require(nameof(MaxBatch), MaxBatch, 0, 1 << 20);
        Require(nameof(MaxWait), MaxWait, 0, 60_000);
        Require(nameof(MaxQueue), MaxQueue, 1, 1 << 20);
        Require(nameof(MaxBody), MaxBody, 1, Array.MaxLength - 1);
        // A buffer's size is a power of two.
        Require(nameof(MaxMemory), MaxMemory, (long)BitOperations.RoundUpToPowerOf2((ulong)MaxBody), long.MaxValue);
        Require(nameof(MaxTensor), MaxTensor, 1, Array.MaxLength);
        Require(nameof(MaxPixels), MaxPixels, 1, ImageLimits.UtmostPixels);
        Require(nameof(Timeout), Timeout, 0.001, 86_400);
        Require(nameof(MaxWait), MaxWait, 0, Timeout * 1000);
        Require(nameof(Grace), Grace, 0, 86_400);
    }

    private static void Require<T>(string name, T value, T least, T most)
        where T : INumber<T>
    {
        if (value < least || value > most || T.IsNaN(value))
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"{Section}:{name} is {value}; it must be from {least} to {most}."));
    }
}
