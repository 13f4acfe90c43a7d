namespace MnistAdder.OnnxBatching.Tests.Independence;

/// <summary>What graphs are said to do with rows, against what ONNX Runtime does with them.</summary>
public sealed class RandomGraphTests
{
    private const int Graphs = 4000;

    [Fact]
    public void Rows_that_a_graph_is_said_to_keep_apart_come_out_together_as_alone()
    {
        int proven = 0;
        for (int seed = 0; seed < Graphs; seed++)
        {
            var random = new Random(seed);
            var graph = new RandomGraph(random);
            if (graph.Outputs.Count == 0)
                continue;
            foreach (RandomGraphTrial trial in RandomGraphTrial.Of(graph, random))
            {
                Assert.True(trial.Fault is null, $"{trial.Output} of graph {seed} is said to be {trial.Said.Kind}, but {trial.Fault}.");
                proven += trial.IsProven ? 1 : 0;
            }
        }

        // Else nothing would have been tried.
        Assert.True(proven > Graphs, $"Only {proven} values were proven.");
    }
}
