using MnistAdder.OnnxBatching.Inference;
using MnistAdder.OnnxBatching.Tensors;
using MnistAdder.Tests.Support.Models;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxBatching.Tests.Inference;

public class BatchSessionTests
{
    [Fact]
    public void A_missing_file_is_named()
    {
        var exception = Assert.Throws<FileNotFoundException>(() => TestSession.OfFile("no/such/model.onnx"));

        Assert.Contains("no/such/model.onnx", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 1, 2, 3, 4, 5, 6, 7, 8 })]
    public void A_file_that_is_no_model_is_named_in_one_line(byte[] bytes)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("broken.onnx", bytes);

        var exception = Assert.Throws<InvalidDataException>(() => TestSession.OfFile(path));

        Assert.Contains(path, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Fact]
    public void A_session_lists_its_tensors_as_people_write_them()
    {
        using var session = TestSession.Of(TestModels.DigitSum());

        Assert.Equal(["image: Byte [batch, 1, 28, 28]", "number: Int64 [batch, 1]"], session.Inputs.Select(tensor => $"{tensor.Name}: {tensor}"));
        Assert.Equal("Single [batch, 19]", session.Outputs.Single(tensor => tensor.Name == "sum_probabilities").ToString());
    }

    [Fact]
    public void Auto_says_once_where_it_runs_the_model_instead_of_cuda()
    {
        var said = new List<string>();
        using var session = TestSession.Of(TestModels.DigitSum(), new InferenceOptions { OnFallback = said.Add });

        if (session.Provider == ExecutionProvider.Cuda)
            Assert.Empty(said);
        else
            Assert.Equal([session.Fallback!], said);
    }

    [Fact]
    public void Large_rows_come_in_smaller_batches()
    {
        using var session = TestSession.Of(TestModels.Identity(ElementType.Float), new InferenceOptions { Provider = ExecutionProvider.Cpu });

        Assert.Equal(32, session.BatchSize(rowBytes: 1000));
        Assert.Equal(8, session.BatchSize(rowBytes: 1 << 20));
        Assert.Equal(1, session.BatchSize(rowBytes: 1 << 30));
    }

    [Fact]
    public void A_session_that_has_been_disposed_of_says_so()
    {
        var session = TestSession.Of(TestModels.Identity(ElementType.Float));
        session.Dispose();
        session.Dispose();

        Assert.Throws<ObjectDisposedException>(() => session.Run([], [], []));
    }

    [Fact]
    public void Rows_that_outlive_their_session_are_refused_and_released()
    {
        var session = TestSession.Of(TestModels.Identity(ElementType.Float), new InferenceOptions { Provider = ExecutionProvider.Cpu });
        var input = new FixedInputTensor<float>(session.Inputs[0], 2);
        var output = new FixedOutputTensor<float>(session.Outputs[0], 2);
        using var run = new BatchRun(session, [input], [output]);
        for (int count = 1; count <= 2; count++)
        {
            input[count - 1].Fill(count);
            run.Run(count);
            input[count - 1][0] = 5;
            run.Run(count);
            Assert.Equal([5, count, count], output[count - 1].ToArray());
        }

        session.Dispose();

        Assert.Throws<ObjectDisposedException>(() => run.Run(2));
        Assert.Throws<ObjectDisposedException>(() => run.Run(1));
    }

    [Theory]
    [InlineData(-1, 0, 1)]
    [InlineData(0, -1, 1)]
    [InlineData(0, 0, 0)]
    public void Options_out_of_range_are_refused(int batchSize, int workers, int threads)
    {
        var options = new InferenceOptions { BatchSize = batchSize, Workers = workers, IntraOpThreads = threads };

        Assert.Throws<ArgumentOutOfRangeException>(() => TestSession.Of(TestModels.Identity(ElementType.Float), options));
    }
}
