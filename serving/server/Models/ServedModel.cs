using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.ML.OnnxRuntime;
using MnistAdder.OnnxBatching;
using MnistAdder.OnnxBatching.Inference;
using MnistAdder.OnnxBatching.Models;
using MnistAdder.Server.Protocol;

namespace MnistAdder.Server.Models;

/// <summary>A model under a name: what it takes and gives, and the queue of those who ask it.</summary>
internal sealed partial class ServedModel : IDisposable
{
    private readonly ModelRun _run;
    private readonly RequestQueue _queue;
    private readonly bool[] _isApart; // of each output, whether rows of different requests may be run together
    private readonly bool _hasFixedRows;
    private readonly ModelMeter _meter;

    private ServedModel(string name, BatchSession session, ModelOutline outline, QueueOptions options, ModelMeters meters)
    {
        Name = name;
        Session = session;
        Inputs = [.. session.Inputs.Select(input => ModelTensor.From(input) ?? throw new InvalidDataException($"The model '{session.Name}' can't be served: its input '{input.Name}' is a {input}, for which the protocol has no datatype."))];
        TensorSignature[] known = [.. session.Outputs.Where(output => ModelTensor.From(output) is not null)];
        if (known.Length == 0)
            throw new InvalidDataException($"The model '{session.Name}' can't be served: the protocol has no datatype for any of its outputs.");
        Outputs = [.. known.Select(output => ModelTensor.From(output)!)];
        OtherOutputs = [.. session.Outputs.Except(known).Select(output => output.Name)];
        RowIndependence whole = Proof(known);
        _isApart = [.. known.Select(output => options.MaxBatch != 1 && (whole.IsProven || Proof([output]).IsProven))];
        if (Array.Exists(_isApart, isApart => !isApart))
            WhyAlone = options.MaxBatch == 1 ? "the largest batch is 1" : whole.Alone ?? "its graph doesn't tell that rows stand for themselves";
        _run = new ModelRun(session, Inputs, Outputs);
        MaxBatch = options.MaxBatch > 0 ? options.MaxBatch : session.BatchSize(Inputs.Concat(Outputs).Sum(tensor => tensor.RowBytes));
        _hasFixedRows = Inputs.All(input => input.Shape.Skip(1).All(size => size >= 0));
        _queue = new RequestQueue(options, session.Workers, () => LargestRun, Execute);
        _meter = meters.Of(name, () => _queue.Count);

        RowIndependence Proof(TensorSignature[] outputs) => RowIndependence.Of(session, outline, session.Inputs, outputs, null);
    }

    /// <summary>The version of every model, until there is a repository of several.</summary>
    public static string Version => "1";

    /// <summary>Its name in the protocol.</summary>
    public string Name { get; }

    /// <summary>What runs it.</summary>
    public BatchSession Session { get; }

    /// <summary>What it takes.</summary>
    public IReadOnlyList<ModelTensor> Inputs { get; }

    /// <summary>What it gives, as far as the protocol has datatypes for it.</summary>
    public IReadOnlyList<ModelTensor> Outputs { get; }

    /// <summary>Outputs that the protocol has no datatype for.</summary>
    public IReadOnlyList<string> OtherOutputs { get; }

    /// <summary>Why some requests are run by themselves, a clause; null where those of one shape share runs whatever they ask for.</summary>
    public string? WhyAlone { get; }

    /// <summary>Most rows of a run that requests share.</summary>
    public int MaxBatch { get; }

    private int LargestRun => Math.Min(MaxBatch, Session.Limit.Rows);

    /// <summary>Loads a model.</summary>
    /// <param name="name">Its name in the protocol.</param>
    /// <param name="file">The ONNX file.</param>
    /// <param name="inference">How it is run.</param>
    /// <param name="options">How requests wait and come together.</param>
    /// <param name="meters">What is counted.</param>
    /// <exception cref="FileNotFoundException">The file doesn't exist.</exception>
    /// <exception cref="InvalidDataException">It is no ONNX model, or one that the protocol can't speak of.</exception>
    /// <exception cref="InvalidOperationException">CUDA was asked for and can't be had.</exception>
    public static ServedModel Open(string name, string file, InferenceOptions inference, QueueOptions options, ModelMeters meters)
    {
        BatchSession session = BatchSession.Open(new ModelSource.InFile(file), inference, out ModelOutline outline);
        try
        {
            return new ServedModel(name, session, outline, options, meters);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Runs the model once on zeros, so that the first request finds it ready.</summary>
    /// <returns>Why it failed, which a model may on zeros; null where it didn't.</returns>
    public string? WarmUp()
    {
        try
        {
            Tensor[] inputs = [.. Inputs.Select(input =>
            {
                long[] shape = [.. input.Shape.Select(size => Math.Max(size, 1))];
                int elements = Tensor.Elements(input.Name, shape);
                return new Tensor(input.Name, input.Type, shape, new byte[checked(elements * (input.Type.IsBytes ? Tensor.LengthBytes : input.Type.Size))]);
            })];
            _run.Run(new InferenceJob(inputs, [.. Enumerable.Range(0, Outputs.Count)], rows: 0));
            return null;
        }
        catch (Exception exception) when (exception is InvalidOperationException or ProtocolException or OverflowException or OutOfMemoryException or OnnxRuntimeException)
        {
            return exception.Message;
        }
    }

    /// <summary>Answers a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="gone">Its client's patience.</param>
    /// <exception cref="ProtocolException">The request isn't for this model, or can't be answered now.</exception>
    /// <exception cref="OperationCanceledException">The client is gone.</exception>
    public async Task<InferenceResponse> Infer(InferenceRequest request, CancellationToken gone)
    {
        try
        {
            InferenceJob job = ToJob(request);
            Tensor[] outputs = await _queue.Run(job, gone);
            _meter.Succeeded(job);
            return new InferenceResponse(Name, Version, request, outputs);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            _meter.Failed();
            throw;
        }
    }

    /// <summary>Fails the requests that wait, and releases the model once runs have ended.</summary>
    public void Dispose()
    {
        _queue.Dispose();
        Session.Dispose();
    }

    private InferenceJob ToJob(InferenceRequest request)
    {
        if (request.Inputs.FirstOrDefault(input => Inputs.All(known => known.Name != input.Name)) is { } unknown)
            throw ProtocolException.Bad($"The model '{Name}' has no input '{unknown.Name}'; it has {Names(Inputs)}.");
        Tensor[] inputs = [.. Inputs.Select(known =>
        {
            Tensor input = request.Inputs.FirstOrDefault(input => input.Name == known.Name) ?? throw ProtocolException.Bad($"The model's input '{known.Name}' is missing.");
            known.Require(input);
            return input;
        })];
        int[] outputs = request.Outputs is null ? [.. Enumerable.Range(0, Outputs.Count)] : [.. request.Outputs.Select(output => PlaceOf(output.Name))];
        if (outputs.Select(output => Outputs[output]).FirstOrDefault(output => output.Type.IsBinaryOnly && !request.IsBinary(output.Name)) is { } half)
            throw ProtocolException.Bad($"The output '{half.Name}' is of {half.Type.Name}, which comes as bytes behind the JSON ('binary_data') and not in it.");
        return new InferenceJob(inputs, outputs, RowsToShare(inputs, outputs));
    }

    private int PlaceOf(string output)
    {
        for (int i = 0; i < Outputs.Count; i++)
        {
            if (Outputs[i].Name == output)
                return i;
        }

        throw ProtocolException.Bad(OtherOutputs.Contains(output)
            ? $"The protocol has no datatype for the model's output '{output}'."
            : $"The model '{Name}' has no output '{output}'; it has {Names(Outputs)}.");
    }

    // How many rows the request has, where each is proven to stand for itself; else 0.
    private int RowsToShare(Tensor[] inputs, int[] outputs)
    {
        if (inputs is not [{ Shape: [> 0 and <= int.MaxValue and var rows, ..] }, ..] || !Array.TrueForAll(outputs, output => _isApart[output]))
            return 0;
        if (!Array.TrueForAll(inputs, input => input.Shape is [var first, ..] && first == rows && !input.Shape.Contains(0)))
            return 0;

        // Dimensions of one name have one size by the model's word, which the proof relies on.
        var sizes = new Dictionary<string, long>();
        for (int i = 0; i < inputs.Length; i++)
        {
            for (int axis = 1; axis < Inputs[i].Symbols.Length; axis++)
            {
                string symbol = Inputs[i].Symbols[axis];
                if (symbol.Length > 0 && !sizes.TryAdd(symbol, inputs[i].Shape[axis]) && sizes[symbol] != inputs[i].Shape[axis])
                    return 0;
            }
        }

        return (int)rows;
    }

    // On a worker's thread.
    private void Execute(IReadOnlyList<JobRows> parts)
    {
        long began = Stopwatch.GetTimestamp();
        int rows = parts.Sum(part => part.Count);
        try
        {
            if (rows == 0)
                parts[0].Job.Complete(_run.Run(parts[0].Job));
            else if (!_run.TryRun(parts, rows))
                RunEachAlone(parts);
        }
        catch (OutOfDeviceMemoryException exception)
        {
            // How much memory rows of open dimensions take says nothing of the next ones.
            bool isSmaller = _hasFixedRows && Session.Limit.TryHalve(rows);
            if (isSmaller || parts.Count > 1)
                RunEachAlone(parts);
            else
                Fail(parts, Translate(exception));
        }
#pragma warning disable CA1031 // Whatever it is, it belongs to those who wait for the answer.
        catch (Exception) when (parts.Count > 1)
        {
            // One that can't be answered fails the whole run: alone it fails for itself, and the others don't.
            RunEachAlone(parts);
        }
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Fail(parts, Translate(exception));
        }

        _meter.Ran(parts, Math.Max(rows, 1), began);
    }

    private void RunEachAlone(IReadOnlyList<JobRows> parts)
    {
        foreach (JobRows part in parts.Where(part => !part.Job.IsEnded))
        {
            try
            {
                RunAlone(part);
            }
#pragma warning disable CA1031 // Whatever it is, it belongs to those who wait for the answer.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                part.Job.Fail(Translate(exception));
            }
        }
    }

    private void RunAlone(JobRows part)
    {
        for (int start = part.Start, end = part.Start + part.Count; start < end;)
        {
            int count = Math.Min(end - start, LargestRun);
            if (!_run.TryRun([part with { Start = start, Count = count }], count))
            {
                // Its outputs have no row for each row, and so no parts.
                part.Job.Complete(_run.Run(part.Job));
                return;
            }

            start += count;
        }
    }

    private static void Fail(IReadOnlyList<JobRows> parts, Exception error)
    {
        foreach (JobRows part in parts)
            part.Job.Fail(error);
    }

    // What the model can't compute is what the client gave it.
    private Exception Translate(Exception exception) => exception switch
    {
        ObjectDisposedException => ProtocolException.Later("The server is shutting down."),
        OnnxRuntimeException error when !OutOfDeviceMemoryException.Is(error) => ProtocolException.Bad($"The model '{Name}' can't compute the request: {Clean(error)}"),
        OutOfDeviceMemoryException or OutOfMemoryException or OnnxRuntimeException or OverflowException => ProtocolException.Later($"The model '{Name}' hasn't enough memory for the request."),
        InvalidOperationException => ProtocolException.Bad($"The model '{Name}' can't compute the request: {Clean(exception)}"),
        _ => exception,
    };

    // ONNX Runtime's own words, without the names of its source files.
    private static string Clean(Exception exception) => SourceFile().Replace((exception.InnerException ?? exception).Message.ReplaceLineEndings(" ").Trim(), "");

    private static string Names(IEnumerable<ModelTensor> tensors) => string.Join(", ", tensors.Select(tensor => $"'{tensor.Name}'"));

    [GeneratedRegex(@"\S*/\S+\.(cc|cu|cuh|h|hpp|cpp)(:\d+)?:? ?")]
    private static partial Regex SourceFile();
}
