using Microsoft.ML;
using Microsoft.ML.Data;
using MnistAdder.OnnxBatching.Inference;
using MnistAdder.Tests.Support.Models;

namespace MnistAdder.OnnxBatching.Tests.Inference;

public class OutOfMemoryTests
{
    [Fact]
    public void A_batch_that_does_not_fit_is_run_in_halves_and_said_once()
    {
        var said = new List<string>();

        float[][] scored = Score(rows: 20, most: 4, new InferenceOptions { Provider = ExecutionProvider.Cpu, BatchSize = 8, Workers = 1, OnBatchHalved = said.Add });

        Assert.Equal(Expected(20), scored);
        Assert.Equal(["A batch of 8 rows didn't fit into the device's memory; from now on a run takes at most 4."], said);
    }

    [Fact]
    public void Batches_of_several_workers_that_do_not_fit_are_halved_once_for_all()
    {
        var said = new List<string>();

        float[][] scored = Score(rows: 200, most: 4, new InferenceOptions { Provider = ExecutionProvider.Cpu, BatchSize = 8, Workers = 4, OnBatchHalved = said.Add });

        Assert.Equal(Expected(200), scored);
        Assert.Single(said);
    }

    [Fact]
    public void Half_of_a_batch_that_does_not_fit_either_is_an_error_of_one_line()
    {
        var said = new List<string>();

        // Whole batches only: a last one of 4 rows that fails first would be halved to 2, which fit.
        var exception = Assert.Throws<OutOfDeviceMemoryException>(() =>
            Score(rows: 24, most: 3, new InferenceOptions { Provider = ExecutionProvider.Cpu, BatchSize = 8, OnBatchHalved = said.Add }));

        Assert.Single(said);
        Assert.Contains("ran out of memory on a batch", exception.Message, StringComparison.Ordinal);
        Assert.EndsWith("A smaller batch size takes less.", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Fact]
    public void A_single_row_that_does_not_fit_is_an_error_at_once()
    {
        var said = new List<string>();

        Assert.Throws<OutOfDeviceMemoryException>(() =>
            Score(rows: 1, most: 0, new InferenceOptions { Provider = ExecutionProvider.Cpu, OnBatchHalved = said.Add }));

        Assert.Empty(said);
    }

    [Fact]
    public void A_run_that_began_before_the_batch_was_halved_is_tried_again_and_one_of_half_the_size_is_not()
    {
        var said = new List<string>();
        var limit = new BatchLimit(said.Add);

        Assert.True(limit.TryHalve(33));
        Assert.Equal(17, limit.Rows);
        Assert.True(limit.TryHalve(33));
        Assert.True(limit.TryHalve(20));
        Assert.False(limit.TryHalve(17));
        Assert.Single(said);
        Assert.Equal(said[0], limit.Notice);
    }

    [RunsOnCuda]
    public void A_batch_that_does_not_fit_into_a_gpu_is_run_in_halves()
    {
        var said = new List<string>();

        float[][] scored = Score(rows: 20, most: 4, new InferenceOptions { Provider = ExecutionProvider.Cuda, BatchSize = 8, OnBatchHalved = said.Add });

        Assert.Equal(Expected(20), scored);
        Assert.Single(said);
    }

    private static IEnumerable<float[]> Expected(int rows) => Enumerable.Range(0, rows).Select(row => Sample.Of(row).X);

    private static float[][] Score(int rows, int most, InferenceOptions options)
    {
        var ml = new MLContext();
        IDataView input = Sample.View(ml, rows);
        using var transformer = (BatchedOnnxTransformer)ml.Transforms
            .ApplyOnnxModelBatched(new BatchedOnnxOptions { ModelBytes = TestModels.LargeBatchesDoNotFit(most), Inference = options })
            .Fit(input);
        // The model fails by asking how many rows there are, for which it would be run row by row.
        transformer.Session.SetRows(() => RowIndependence.Proven);
        return [.. transformer.Transform(input).GetColumn<float[]>("y")];
    }
}
