// Scores a model over its own tensors as columns; this one reads a digit and adds a number to it.
Row[] rows = [.. Enumerable.Range(0, 1000).Select(i => new Row { Image = Drawing.One(), Number = i % 10 })];
Batching.Score(args[0], rows);
Batching.ChooseColumns(args[0], rows);
Batching.SaveAndLoad(args[0], rows);
