using System.Buffers;
using System.Buffers.Binary;
using Microsoft.ML.OnnxRuntime;

using MnistAdder.OnnxBatching;
using MnistAdder.Server.Protocol;

namespace MnistAdder.Server.Models;

/// <summary>Some rows of a request.</summary>
/// <param name="Job">The request.</param>
/// <param name="Start">The first row.</param>
/// <param name="Count">How many.</param>
internal readonly record struct JobRows(InferenceJob Job, int Start, int Count);

/// <summary>Runs a model on a request's tensors, or on rows of several requests in one tensor. For any number of threads.</summary>
/// <param name="session">The model.</param>
/// <param name="inputs">All of its inputs.</param>
/// <param name="outputs">Its outputs.</param>
internal sealed class ModelRun(BatchSession session, IReadOnlyList<ModelTensor> inputs, IReadOnlyList<ModelTensor> outputs)
{
    private readonly string[] _inputNames = [.. inputs.Select(input => input.Name)];

    /// <summary>Runs a request by itself: what the model gives for the whole of it.</summary>
    /// <param name="job">The request.</param>
    /// <returns>The outputs that it wants.</returns>
    /// <exception cref="InvalidOperationException">The model failed.</exception>
    public Tensor[] Run(InferenceJob job)
    {
        using var values = new Values(inputs.Count);
        for (int i = 0; i < inputs.Count; i++)
        {
            Tensor input = job.Inputs[i];
            values[i] = Create(input.Type, input.Shape);
            Fill(values[i], input.Type, 0, input.Data.Span);
        }

        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(_inputNames, values.All, [.. job.Outputs.Select(output => outputs[output].Name)]);
        return [.. job.Outputs.Select((output, i) => Read(outputs[output], results[i], results[i].GetTensorTypeAndShape().Shape))];
    }

    /// <summary>Runs rows of several requests together and gives each its own.</summary>
    /// <param name="parts">Rows of requests that are compatible.</param>
    /// <param name="rows">How many there are in all.</param>
    /// <returns>Whether the outputs have a row for each row; if not, no request has got anything.</returns>
    /// <exception cref="InvalidOperationException">The model failed; no request has got anything.</exception>
    public bool TryRun(IReadOnlyList<JobRows> parts, int rows)
    {
        using var values = new Values(inputs.Count);
        for (int i = 0; i < inputs.Count; i++)
        {
            Tensor first = parts[0].Job.Inputs[i];
            values[i] = Create(first.Type, [rows, .. first.Shape.AsSpan(1)]);
            int row = 0;
            foreach (JobRows part in parts)
            {
                Tensor input = part.Job.Inputs[i];
                Fill(values[i], input.Type, row * first.RowElements, RowsOf(input, part.Start, part.Count));
                row += part.Count;
            }
        }

        int[] wanted = parts.Count == 1 ? parts[0].Job.Outputs : [.. parts.SelectMany(part => part.Job.Outputs).Distinct().Order()];
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(_inputNames, values.All, [.. wanted.Select(output => outputs[output].Name)]);
        long[][] shapes = [.. results.Select(result => result.GetTensorTypeAndShape().Shape)];
        if (!Array.TrueForAll(shapes, shape => shape.Length > 0 && shape[0] == rows))
            return false;

        // Read whole where one request has all, else cut up.
        Tensor[] all = [.. wanted.Select((output, i) => Read(outputs[output], results[i], shapes[i]))];
        int start = 0;
        foreach (JobRows part in parts)
        {
            part.Job.Complete(part.Start, part.Count, [.. part.Job.Outputs.Select(output => Cut(all[Array.IndexOf(wanted, output)], start, part.Count))]);
            start += part.Count;
        }

        return true;
    }

    private static Tensor Cut(Tensor tensor, int start, int count) => count == tensor.Shape[0]
        ? tensor
        : tensor with { Shape = [count, .. tensor.Shape.AsSpan(1)], Data = RowMemory(tensor, start, count) };

    private static ReadOnlySpan<byte> RowsOf(Tensor tensor, int start, int count) => RowMemory(tensor, start, count).Span;

    private static ReadOnlyMemory<byte> RowMemory(Tensor tensor, int start, int count)
    {
        if (count == tensor.Shape[0])
            return tensor.Data;
        if (!tensor.Type.IsBytes)
            return tensor.Data.Slice(start * tensor.RowElements * tensor.Type.Size, count * tensor.RowElements * tensor.Type.Size);
        int from = Tensor.Skip(tensor.Data.Span, 0, start * tensor.RowElements);
        return tensor.Data[from..Tensor.Skip(tensor.Data.Span, from, count * tensor.RowElements)];
    }

    private static OrtValue Create(TensorType type, long[] shape) => type.IsBytes
        ? OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, shape)
        : OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, type.Element, shape);

    private static void Fill(OrtValue value, TensorType type, int element, ReadOnlySpan<byte> data)
    {
        if (!type.IsBytes)
        {
            if (!data.IsEmpty)
                data.CopyTo(value.GetTensorMutableRawData()[(element * type.Size)..]);
            return;
        }

        for (; !data.IsEmpty; element++)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(data);
            value.StringTensorSetElementAt(data.Slice(Tensor.LengthBytes, length), element);
            data = data[(Tensor.LengthBytes + length)..];
        }
    }

    private static Tensor Read(ModelTensor output, OrtValue value, long[] shape)
    {
        long elements = shape.Aggregate(1L, (product, size) => product * size);
        if (elements == 0)
            return new Tensor(output.Name, output.Type, shape, default);
        if (!output.Type.IsBytes)
            return new Tensor(output.Name, output.Type, shape, value.GetTensorMutableRawData().ToArray());
        var strings = new ArrayBufferWriter<byte>();
        for (int i = 0; i < elements; i++)
        {
            ReadOnlySpan<byte> text = value.GetStringElementAsSpan(i);
            BinaryPrimitives.WriteInt32LittleEndian(strings.GetSpan(Tensor.LengthBytes), text.Length);
            strings.Advance(Tensor.LengthBytes);
            strings.Write(text);
        }

        return new Tensor(output.Name, output.Type, shape, strings.WrittenMemory);
    }

    // Values that are made one after the other and go together.
    private sealed class Values(int count) : IDisposable
    {
        public OrtValue[] All { get; } = new OrtValue[count];

        public OrtValue this[int index]
        {
            get => All[index];
            set => All[index] = value;
        }

        public void Dispose()
        {
            foreach (OrtValue? value in All)
                value?.Dispose();
        }
    }
}
