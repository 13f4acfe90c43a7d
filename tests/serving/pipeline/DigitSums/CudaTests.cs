using MnistAdder.OnnxBatching;
using MnistAdder.Tests.Support.Models;

namespace MnistAdder.Serving.Tests.DigitSums;

public class CudaTests
{
    [RunsOnCuda]
    public void Auto_takes_the_gpu_without_a_word()
    {
        using var session = TestSession.Of(TestModels.DigitSum(), new InferenceOptions { OnFallback = Assert.Fail });

        Assert.Equal(ExecutionProvider.Cuda, session.Provider);
        Assert.Equal(1024, session.BatchSize(rowBytes: 1000));
    }

    [RunsOnCuda]
    public void A_gpu_answers_many_batches_in_order_as_the_processor_does()
    {
        using var folder = new TemporaryFolder();
        string model = folder.Write("model.onnx", TestModels.DigitSum());
        DigitSumRequest[] requests = [.. Enumerable.Range(0, 3000).Select(i => new DigitSumRequest(DigitImage.FromPixels(Pictures.Pixels(i)), i % 10))];

        IReadOnlyList<DigitSumPrediction> expected = Predict(ExecutionProvider.Cpu), actual = Predict(ExecutionProvider.Cuda);

        foreach ((DigitSumPrediction cpu, DigitSumPrediction cuda) in expected.Zip(actual))
        {
            AssertNear(cpu.DigitProbabilities, cuda.DigitProbabilities, cuda.Digit);
            AssertNear(cpu.SumProbabilities, cuda.SumProbabilities, cuda.Sum);
        }

        IReadOnlyList<DigitSumPrediction> Predict(ExecutionProvider provider)
        {
            using var predictor = new DigitSumPredictor(new DigitSumPredictorOptions { ModelFile = model, Inference = new InferenceOptions { Provider = provider } });
            Assert.Equal(provider, predictor.Session.Provider);
            return predictor.Predict(requests);
        }
    }

    // A GPU multiplies in TF32, 10 bits of mantissa; where two classes are that close, either is right.
    private static void AssertNear(IReadOnlyList<float> cpu, IReadOnlyList<float> cuda, long answer)
    {
        const float tolerance = 0.05f;
        Assert.All(cpu.Zip(cuda), pair => Assert.Equal(pair.First, pair.Second, tolerance));
        Assert.True(cpu[(int)answer] > cpu.Max() - tolerance);
    }
}
