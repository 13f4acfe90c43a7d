using Microsoft.ML.OnnxRuntime;
using MnistAdder.Fuzzing;
using MnistAdder.Onnx;
using MnistAdder.Onnx.Graphs;
using MnistAdder.OnnxBatching.Graphs;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxBatching.Tests.Fuzzing;

/// <summary>
/// Random networks, of which the bytes of a case are the seed, for rows of ordinary numbers and of infinities, NaN, and those near to
/// where floats end: what the optimiser makes of a network gives what the network gives.
/// </summary>
internal sealed class NetworkTarget : FuzzTarget
{
    private const int Rows = 6;

    // Of the magnitude of what was added up: 160 times what one addition rounds by at most, for the few hundred that there are at most,
    // which take turns in sign.
    private const double Tolerance = 1e-5;

    private const int SeedLength = 32;

    /// <summary>Begins with networks that are rewritten.</summary>
    public NetworkTarget()
        : base("networks", new FuzzLimits(ManagedBytes: 64 << 20)) =>
        Seeds = [.. Enumerable.Range(0, 100).Select(number => AnyBytes(new Mutator(0, Name, number))).Where(Parse).Take(8)];

    /// <inheritdoc/>
    public override IReadOnlyList<byte[]> Seeds { get; }

    /// <summary>The network of a case.</summary>
    public static RandomNetwork Network(byte[] input) => RandomNetwork.Create(Choices(input, "network"));

    /// <inheritdoc/>
    /// <returns>Whether the optimiser made another network of it.</returns>
    public override bool Parse(byte[] input)
    {
        RandomNetwork network = Network(input);
        byte[] optimized = GraphOptimizer.Optimize(network.Network);
        if (ReferenceEquals(optimized, network.Network))
            return false;

        List<float[]>? expected = Run(network.Network, network, input, isOfMagnitudes: false), actual = Run(optimized, network, input, isOfMagnitudes: false);
        FuzzException.Require(expected is null == actual is null, "ONNX Runtime refuses one of the two.");
        if (expected is null || actual is null)
            return false;
        CheckSame(expected, actual, Run(network.Magnitudes, network, input, isOfMagnitudes: true)!);
        CheckBounds(network.Network, expected);
        return true;
    }

    private static void CheckSame(List<float[]> expected, List<float[]> actual, List<float[]> magnitudes)
    {
        for (int output = 0; output < expected.Count; output++)
        {
            FuzzException.Require(expected[output].Length == actual[output].Length && expected[output].Length == magnitudes[output].Length, "Outputs have another size.");
            for (int i = 0; i < expected[output].Length; i++)
            {
                if (!IsSame(expected[output][i], actual[output][i], magnitudes[output][i]))
                    throw new FuzzException(FormattableString.Invariant($"Number {i} of output {output} is {actual[output][i]} instead of {expected[output][i]}, at a magnitude of {magnitudes[output][i]}."));
            }
        }
    }

    // What the passes rely on.
    private static void CheckBounds(byte[] network, List<float[]> outputs)
    {
        GraphProto graph = ModelProto.Parser.ParseFrom(network).Graph;
        var bounds = ValueBounds.Of(ModelGraph.TryCreate(graph)!);
        foreach ((ValueInfoProto output, float[] numbers) in graph.Output.Zip(outputs))
        {
            if (bounds.Of(output.Name) is { } bound && !Array.TrueForAll(numbers, number => Math.Abs(number) <= bound * (1 + Tolerance)))
                throw new FuzzException(FormattableString.Invariant($"A number of output {output.Name} is beyond its bound of {bound}."));
        }
    }

    /// <inheritdoc/>
    public override byte[] EditFormat(byte[] input, Mutator mutator) => AnyBytes(mutator);

    private static byte[] AnyBytes(Mutator mutator) => [.. Enumerable.Range(0, SeedLength).Select(_ => mutator.AnyByte())];

    private static bool IsSame(float expected, float actual, float magnitude)
    {
        if (!float.IsFinite(magnitude))
            return true;
        if (!float.IsFinite(expected) || !float.IsFinite(actual))
            return expected.Equals(actual);
        return Math.Abs((double)expected - actual) <= Tolerance * ((double)magnitude + Math.Abs(expected));
    }

    private static Mutator Choices(byte[] input, string purpose)
    {
        // FNV-1a.
        ulong hash = 14695981039346656037;
        foreach (byte part in input)
            hash = (hash ^ part) * 1099511628211;
        return new Mutator(hash, purpose, input.Length);
    }

    // Null where ONNX Runtime refuses the network.
    private static List<float[]>? Run(byte[] model, RandomNetwork network, byte[] input, bool isOfMagnitudes)
    {
        Mutator mutator = Choices(input, "rows");
        OrtValue[] values = [.. network.Inputs.Select(one => Value(one.Type, one.Row, mutator, isOfMagnitudes))];
        try
        {
            using var single = new SessionOptions { IntraOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
            using var session = new InferenceSession(model, single);
            using var options = new RunOptions();
            using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(options, [.. network.Inputs.Select(one => one.Name)], values, session.OutputNames);
            return [.. outputs.Select(output => output.GetTensorDataAsSpan<float>().ToArray())];
        }
        catch (OnnxRuntimeException) when (!isOfMagnitudes)
        {
            return null;
        }
        finally
        {
            Array.ForEach(values, value => value.Dispose());
        }
    }

    private static OrtValue Value(ElementType type, int[] row, Mutator mutator, bool isOfMagnitudes)
    {
        long[] shape = [Rows, .. row];
        int perRow = row.Aggregate(1, (product, size) => product * size);
        if (type == ElementType.Float)
            return OrtValue.CreateTensorValueFromMemory(RandomRows.Floats(Rows, perRow, mutator, isOfMagnitudes), shape);
        long[] integers = RandomRows.Integers(type, Rows, perRow, mutator);
        if (isOfMagnitudes)
            return OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(integers, number => Math.Abs((float)number)), shape);
        return type switch
        {
            ElementType.Uint8 => OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(integers, number => (byte)number), shape),
            ElementType.Int8 => OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(integers, number => (sbyte)number), shape),
            ElementType.Bool => OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(integers, number => number != 0), shape),
            _ => OrtValue.CreateTensorValueFromMemory(integers, shape),
        };
    }
}
