using Microsoft.ML;
using Microsoft.ML.OnnxRuntime;
using MnistAdder.OnnxBatching;
using MnistAdder.OnnxBatching.Devices;
using MnistAdder.OnnxBatching.Inference;
using MnistAdder.Serving;
using MnistAdder.Serving.DigitSums;

namespace MnistAdder.Commands.Doctor;

/// <summary>What a program's ONNX Runtime is, and whether it computes on each device.</summary>
internal static class OnnxRuntimeExamination
{
    private const string Name = "ONNX Runtime";
    private const int Rows = ModelContract.DigitClasses;
    private const float SumTolerance = 1e-4f;

    // NVIDIA's devices multiply in TF32 by default, with 10 bits of mantissa.
    private const float DeviceTolerance = 1e-2f;

    /// <summary>The versions of ML.NET and the native ONNX Runtime, where it loads.</summary>
    public static RuntimeVersions Versions()
    {
        string ml = ThisMachine.VersionOf(typeof(MLContext).Assembly);
        try
        {
            return new RuntimeVersions(ml, OrtEnv.Instance().GetVersionString(), OrtEnv.Instance().GetAvailableProviders());
        }
        catch (Exception exception) when (exception is TypeInitializationException or DllNotFoundException or EntryPointNotFoundException)
        {
            return new RuntimeVersions(ml, null, []);
        }
    }

    /// <summary>Runs a digit-sum model on the CPU and, where there is one, on a CUDA device.</summary>
    /// <param name="model">Finds the model.</param>
    /// <param name="versions">What <see cref="Versions"/> returned.</param>
    /// <param name="driver">NVIDIA's driver; null where there is none.</param>
    public static IReadOnlyList<Computation> Compute(Func<ModelSource> model, RuntimeVersions versions, NvidiaDriver? driver) =>
    [
        Computation.Try(Name, "cpu", () =>
        {
            Answer(model(), ExecutionProvider.Cpu);
            return Described("probabilities add up to 1");
        }),
        Computation.TryCuda(Name, versions.OnnxRuntimeProviders.Contains(ProviderSelection.CudaProviderName) ? null : ProviderSelection.PackageWithCuda, driver, () =>
        {
            ModelSource source = model();
            float[] answers = Answer(source, ExecutionProvider.Cuda), expected = Answer(source, ExecutionProvider.Cpu);
            float difference = answers.Zip(expected, (left, right) => Math.Abs(left - right)).Max();
            // Written so that a NaN fails, too.
            if (!(difference <= DeviceTolerance))
                throw new InvalidOperationException($"a probability is off by {difference} from the CPU's");
            return Described("the same probabilities as on the CPU");
        }),
    ];

    private static string Described(string finding) => $"a model on {Rows} rows, {finding}";

    // The sums' probabilities for one image, a bar, with each of the numbers.
    private static float[] Answer(ModelSource model, ExecutionProvider provider)
    {
        using BatchSession session = DigitSumSession.Open(model, new InferenceOptions { Provider = provider });
        using var batch = new DigitSumBatch(session, Rows);
        for (int row = 0; row < Rows; row++)
        {
            Draw(batch.Image(row));
            batch.Accept(row, row, ImageWarnings.None);
        }

        batch.RunAll(Rows);
        float[] probabilities = new float[Rows * ModelContract.SumClasses];
        for (int row = 0; row < Rows; row++)
        {
            Span<float> sums = probabilities.AsSpan(row * ModelContract.SumClasses, ModelContract.SumClasses);
            batch.CopySumProbabilities(row, sums);
            float total = 0;
            foreach (float probability in sums)
                total += probability;
            if (!(Math.Abs(total - 1) <= SumTolerance))
                throw new InvalidOperationException($"the probabilities of a row add up to {total} instead of 1");
        }

        return probabilities;
    }

    private static void Draw(Span<byte> image)
    {
        const int middle = MnistGeometry.Side / 2, margin = 4;
        image.Clear();
        for (int y = margin; y < MnistGeometry.Side - margin; y++)
            image.Slice((y * MnistGeometry.Side) + middle - 1, 2).Fill(byte.MaxValue);
    }
}
